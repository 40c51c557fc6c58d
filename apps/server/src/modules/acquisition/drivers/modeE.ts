// The IEC 62056-21 mode E sign-on in front of an HDLC session: the device is called at 300 baud, and both go over to
// binary mode at a higher rate (IEC 62056-21 annex B.3).

import { createReader, type Output } from '@contor/iec62056-21'
import { DriverError } from './driver.ts'
import type { ByteStream } from './transport.ts'

export type ModeEOptions = {
  /** Up to 32 characters; empty calls whoever is there. */
  readonly deviceAddress: string
  /** Highest rate of the line, bit/s. A line without rates (TCP) keeps its own. */
  readonly maxBaud: number
  readonly timeoutMs: number
}

/**
 * Signs on; resolves when the stream belongs to HDLC.
 * @throws DriverError 'timeout' when nobody answers, 'bad-answer' when the device has no mode E
 */
export async function openModeE(stream: ByteStream, options: ModeEOptions): Promise<void> {
  const { configure } = stream
  const reader = createReader({
    deviceAddress: options.deviceAddress,
    purpose: 'hdlc',
    maxBaud: options.maxBaud,
    // The line carries eight bits all along, so that only the rate has to change in the middle.
    softwareParity: configure !== undefined,
    keepBaud: configure === undefined,
  })
  let timer: NodeJS.Timeout | undefined
  let limit: NodeJS.Timeout | undefined
  let work = Promise.resolve()
  try {
    await new Promise<void>((resolve, reject) => {
      const perform = async (outputs: readonly Output[]) => {
        for (const output of outputs) {
          if (output.kind === 'line') {
            await configure?.({ baudRate: output.baud })
            continue
          }
          const wait = output.notBefore - Date.now()
          if (wait > 0) await new Promise((done) => setTimeout(done, wait))
          stream.write(output.bytes)
        }
      }
      const step = () => {
        const outputs = reader.takeOutput()
        work = work.then(() => perform(outputs)).catch(reject)
        for (const event of reader.takeEvents()) {
          if (event.kind === 'hdlc') work = work.then(resolve)
          else if (event.kind === 'failed')
            reject(
              new DriverError(
                event.error.code === 'timeout' ? 'timeout' : 'bad-answer',
                `mode E: ${event.error.message}`,
              ),
            )
        }
        clearTimeout(timer)
        const deadline = reader.nextDeadline()
        if (deadline === undefined) return
        timer = setTimeout(
          () => {
            reader.tick(Date.now())
            step()
          },
          Math.max(1, deadline - Date.now()),
        )
      }
      limit = setTimeout(
        () => reject(new DriverError('timeout', 'mode E: the device did not go over to binary mode in time')),
        options.timeoutMs,
      )
      stream.onData((chunk) => {
        reader.receive(chunk, Date.now())
        step()
      })
      stream.onClose(() => reject(new DriverError('unreachable', 'the line closed during the sign-on')))
      reader.signOn(Date.now())
      step()
    })
  } finally {
    clearTimeout(timer)
    clearTimeout(limit)
  }
}
