// A wired telegram as values: link frame (EN 13757-2) and what its CI field announces (EN 13757-3, -7).

import { type Application, readApplication } from './application.ts'
import { decodeFrame, type LinkFrame } from './link.ts'
import { type MbusLimits, malformed, type Parse } from './parse.ts'

export type Telegram = {
  readonly frame: LinkFrame
  /** Absent for acknowledgements and short frames. */
  readonly application?: Application
}

/**
 * Decodes one telegram at `offset`. Never throws on any octets.
 * @returns ok with the offset behind the frame; more while the frame is not whole; malformed when the frame or a
 * record in it is broken (codes start, length, checksum, stop, truncated, dif, dife, vife, lvar, too-many).
 */
export function decodeTelegram(
  bytes: Uint8Array,
  options: { readonly offset?: number; readonly limits?: MbusLimits } = {},
): Parse<Telegram> {
  const frame = decodeFrame(bytes, options.offset ?? 0)
  if (frame.kind !== 'ok') return frame
  if (frame.value.kind === 'acknowledgement' || frame.value.kind === 'short') {
    return { kind: 'ok', value: { frame: frame.value }, next: frame.next }
  }
  const { application, fault } = readApplication(bytes, frame.value.ciOffset, frame.next - 2, options)
  if (fault || !application) {
    return fault
      ? { kind: 'malformed', error: fault }
      : malformed('truncated', 'no CI field', frame.value.ciOffset)
  }
  return { kind: 'ok', value: { frame: frame.value, application }, next: frame.next }
}
