// A meter that speaks unasked: one ciphered message on a connection of its own.
import { connect } from 'node:net'
import { type AttributeDescriptor, createServerSession, data, type ServerSessionOptions } from '@contor/dlms'
import { clockBytes } from './cosem.ts'
import type { Meter } from './meter.ts'

const patienceMs = 60_000

/** Sends the values of some attributes as a DataNotification. A listener that is not there misses it, as with real meters. */
export function sendNotification(
  meter: Meter,
  options: ServerSessionOptions,
  pushed: readonly AttributeDescriptor[],
  to: { readonly host: string; readonly port: number },
  now: number,
): void {
  const session = createServerSession(options)
  const association = {
    clientAddress: 1,
    mechanism: 'gmac' as const,
    policy: 'authenticated-encrypted' as const,
    conformance: [],
    clientMaxPduSize: 0,
  }
  const values = pushed.map((attribute) => {
    const result = meter.model.get(attribute, association, now)
    return result.ok ? result.data : data.nul()
  })
  session.notify(
    { service: 'data-notification', dateTime: clockBytes(meter.clock(now)), data: data.structure(...values) },
    now,
    { clientAddress: 1 },
  )
  const socket = connect(to.port, to.host)
  socket.setTimeout(patienceMs, () => socket.destroy())
  socket.on('error', () => socket.destroy())
  socket.on('connect', () => {
    for (const frame of session.takeOutput()) socket.write(frame)
    socket.end()
  })
}
