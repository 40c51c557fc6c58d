// A meter that a command talks to: typed reads, writes and calls whose refusals are errors in words.

import {
  type ActionRequest,
  type AttributeHandle,
  type ClientSessionOptions,
  type Data,
  dataObject,
  numberOf,
  type ReadOutcome,
  readResult,
  readResults,
  type SetRequest,
} from '@contor/dlms'
import { ContorError } from '../../../../platform/index.ts'
import { DlmsConnection } from '../../drivers/dlms/connection.ts'
import { DriverError, type DriverErrorCode } from '../../drivers/driver.ts'
import { type ModeEOptions, openModeE } from '../../drivers/modeE.ts'
import { type Target, targetText } from '../../drivers/transport.ts'
import type { WireFrame } from '../../frames.ts'
import { bad, integer } from './input.ts'
import { authenticationOf, linkOf, type Options, securityOf, targetOf, timeoutOf } from './options.ts'
import { saveCapture } from './trace.ts'

const publicClient = 16

export class Meter {
  readonly connection: DlmsConnection

  constructor(connection: DlmsConnection) {
    this.connection = connection
  }

  /** @throws ContorError when the meter refuses or answers with another shape */
  async read<T>(handle: AttributeHandle<T>): Promise<T> {
    return given(await this.tryRead(handle))
  }

  async tryRead<T>(handle: AttributeHandle<T>): Promise<ReadOutcome<T>> {
    const { event } = await this.connection.get(handle)
    return readResult(handle, event.results[0] ?? { ok: false, result: 'other-reason', code: 250 })
  }

  /** Several attributes in one exchange where the meter allows it. */
  async tryReadAll<const H extends readonly AttributeHandle<unknown>[]>(handles: H) {
    const { event } = await this.connection.get(handles)
    return readResults(handles, event.results)
  }

  /** @throws ContorError naming what the meter answered */
  async write(request: SetRequest, name: string): Promise<void> {
    const { event } = await this.connection.set(request)
    const result = event.results[0]?.result ?? 'no answer'
    if (result !== 'success') throw refusal(name, result)
  }

  /** @throws ContorError naming what the meter answered; @returns what the method gave back */
  async invoke(request: ActionRequest, name: string): Promise<Data | undefined> {
    const { event } = await this.connection.action(request)
    const outcome = event.results[0]
    if (!outcome?.ok) throw refusal(name, outcome?.result ?? 'no answer')
    return outcome.data
  }
}

function given<T>(outcome: ReadOutcome<T>): T {
  if (outcome.ok) return outcome.value
  if (outcome.reason === 'access') throw refusal(outcome.message.split(':')[0] ?? '', outcome.result)
  throw new ContorError('invalid-request', outcome.message)
}

export function refusal(name: string, result: string): ContorError {
  return new ContorError('invalid-request', `${name}: the meter answers ${result}`, {
    field: name,
    value: result,
  })
}

/** Associates, works, releases. Failures of the line become errors with a remedy. */
export async function withMeter(options: Options, work: (meter: Meter) => Promise<void>): Promise<void> {
  const line = new Line(options)
  let connection: DlmsConnection | undefined
  try {
    connection = await line.open(await sessionOf(options, line))
    await work(new Meter(connection))
  } catch (cause) {
    if (!(cause instanceof DriverError)) throw cause
    const remedy = remedies[cause.code]
    throw new ContorError('not-ready', `${targetText(line.target)}: ${cause.message}`, {
      cause,
      ...(remedy ? { remedy } : {}),
    })
  } finally {
    await connection?.close()
    if (options.pcap) await saveCapture(options.pcap, line.target, line.frames)
  }
}

/** Where the options lead. */
class Line {
  readonly target: Target
  /** What went over it, when it is wanted. */
  readonly frames: WireFrame[] = []
  readonly #timeoutMs: number
  readonly #modeE: ModeEOptions | undefined
  readonly #keepsFrames: boolean

  constructor(options: Options) {
    this.target = targetOf(options)
    this.#timeoutMs = timeoutOf(options)
    this.#modeE = options.modeE
      ? {
          deviceAddress: options.deviceAddress ?? '',
          maxBaud: integer(options.baud, '--baud', 921_600),
          timeoutMs: this.#timeoutMs,
        }
      : undefined
    this.#keepsFrames = options.pcap !== undefined
  }

  open(session: ClientSessionOptions): Promise<DlmsConnection> {
    const modeE = this.#modeE
    return DlmsConnection.open({
      target: this.target,
      connectTimeoutMs: this.#timeoutMs,
      session,
      ...(modeE && { opening: (stream) => openModeE(stream, modeE) }),
      onFrames: (frames) => {
        if (this.#keepsFrames) this.frames.push(...frames)
      },
    })
  }
}

async function sessionOf(options: Options, line: Line): Promise<ClientSessionOptions> {
  const security = await securityOf(options, () => publicCounter(options, line))
  const window = options.blocks === undefined ? undefined : integer(options.blocks, '--blocks', 63)
  return {
    ...linkOf(options),
    clientAddress: integer(options.client, '--client', 0x7f),
    authentication: await authenticationOf(options),
    ...(security && { security }),
    ...(options.shortNames && { referencing: 'short-name' as const }),
    ...(window !== undefined && { generalBlockTransfer: { window } }),
  }
}

/** The counter to go on with, as meters tell it to the public client before any association with keys. */
async function publicCounter(options: Options, line: Line): Promise<number> {
  const connection = await line.open({
    ...linkOf(options),
    clientAddress: publicClient,
    authentication: { mechanism: 'none' },
  })
  try {
    const { event } = await connection.get(dataObject(options.counterObis).value)
    const [result] = event.results
    const last = result?.ok ? numberOf(result.data) : undefined
    if (last === undefined)
      throw bad(
        '--invocation-counter',
        '',
        'the number to begin with: this meter does not tell its counter in public',
      )
    return last + 1
  } finally {
    await connection.close()
    // Meters take one connection at a time and need a moment to see that it is gone.
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}

const remedies: Partial<Record<DriverErrorCode, string>> = {
  unreachable: 'Check --host and --port (or --serial), and that the meter has power.',
  timeout:
    'The connection stands but the meter is silent: check --hdlc, --client and --server, or give it more --timeout.',
  refused:
    'Check --client, --auth, the keys, and that --invocation-counter is above the last one the meter saw.',
  'bad-answer': 'What came back is no valid answer: check the keys and the address.',
}
