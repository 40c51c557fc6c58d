// A meter on its line: a TCP server that delays, loses and, where the meter's fault says so, spoils what the
// meter answers. One connection at a time, as modems do.
import { createServer, type Server, type Socket } from 'node:net'
import { createServerSession, type ServerEvent, type ServerSessionOptions } from '@contor/dlms'
import { nodeCrypto } from '@contor/dlms/node'
import { destinationOf } from './behaviours/pushSetup.ts'
import { eventPushed, type Meter } from './meter.ts'
import type { Line } from './neighbourhood.ts'
import { sendNotification } from './notify.ts'
import { type Random, random } from './random.ts'

export interface Device {
  readonly meter: Meter
  close(): Promise<void>
}

export interface DeviceHooks {
  /** Each client counter that the meter accepts. */
  readonly onClientCounter?: (serial: string, counter: number) => void
  readonly onEvent?: (serial: string, event: ServerEvent) => void
  readonly dirty: () => void
}

const idleMs = 60_000

/** Opens the meter's port; resolves when it listens (a meter without power resolves at once). */
export async function openDevice(meter: Meter, line: Line, hooks: DeviceHooks): Promise<Device> {
  const { spec } = meter
  if (spec.fault?.kind === 'refuses-connections') return { meter, close: async () => {} }
  const noise = random(spec.index, 0x11e, Date.now() & 0xffff)
  let current: Socket | undefined
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy())
    if (current !== undefined || !meter.household.reachable(Date.now())) {
      socket.destroy()
      return
    }
    current = socket
    socket.on('close', () => {
      current = undefined
    })
    serve(socket, meter, line, noise, hooks)
  })
  await listen(server, spec.port, spec.host)
  const hear = (_: number | null, now: number) => pushEvent(meter, hooks, now)
  meter.listeners.add(hear)
  return {
    meter,
    close: () =>
      new Promise((resolve) => {
        meter.listeners.delete(hear)
        current?.destroy()
        server.close(() => resolve())
      }),
  }
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve())
  })
}

function sessionOf(meter: Meter, hooks: DeviceHooks): ServerSessionOptions {
  const { spec, state } = meter
  const fault = spec.fault?.kind
  const keys = meter.keys()
  const { referencing } = spec
  return {
    transport: spec.transport,
    ...(spec.hdlc && {
      hdlc: {
        ...(spec.physicalAddress !== undefined && { physicalAddress: spec.physicalAddress }),
        windowTransmit: spec.hdlc.window,
        windowReceive: spec.hdlc.window,
        maxInfoTransmit: spec.hdlc.maxInfo,
        maxInfoReceive: spec.hdlc.maxInfo,
        inactivityTimeoutMs: idleMs,
      },
    }),
    serverAddress: 1,
    associations: [
      { clientAddress: 16, mechanism: 'none', policy: 'none', referencing },
      { clientAddress: 2, mechanism: 'low', password: spec.keys.password, policy: 'none', referencing },
      { clientAddress: 1, mechanism: 'gmac', policy: 'authenticated-encrypted', referencing },
    ],
    security: {
      suite: spec.suite,
      systemTitle: spec.systemTitle,
      encryptionKey: keys.encryption,
      // The technician loaded another key than the one on the list.
      authenticationKey:
        fault === 'wrong-tag' ? keys.authentication.map((byte) => byte ^ 0x5a) : keys.authentication,
      nextInvocationCounter() {
        hooks.dirty()
        return state.nextServerCounter++
      },
      lastClientCounter: () => state.lastClientCounter,
      acceptClientCounter(counter) {
        state.lastClientCounter = counter
        hooks.onClientCounter?.(spec.serial, counter)
        hooks.dirty()
      },
    },
    crypto: nodeCrypto,
    model: meter.model,
    maxPduSize: spec.maxPduSize,
    idleTimeoutMs: idleMs,
  }
}

/** Tells an event of the relay to where the meter's push setup says. */
function pushEvent(meter: Meter, hooks: DeviceHooks, now: number): void {
  const to = destinationOf(meter.state.pushTo ?? '')
  if (to === undefined || !meter.household.reachable(now)) return
  // A link of HDLC is opened by the client: unasked, a meter sends over the wrapper.
  const { hdlc: _, ...options } = sessionOf(meter, hooks)
  sendNotification(meter, { ...options, transport: 'wrapper' }, eventPushed, to, now)
}

function serve(socket: Socket, meter: Meter, line: Line, noise: Random, hooks: DeviceHooks): void {
  const { spec } = meter
  const fault = spec.fault?.kind
  const session = createServerSession(sessionOf(meter, hooks))
  let sent: Uint8Array | undefined
  let answers = 0
  // Later bytes never overtake earlier ones, however the delays fall.
  let free = 0
  const send = (bytes: Uint8Array) => {
    const now = Date.now()
    const delay = noise.between(line.latencyMs[0], line.latencyMs[1]) * 2 + meter.household.delayMs()
    free = Math.max(free, now + delay)
    setTimeout(() => socket.writable && socket.write(bytes), free - now)
  }
  const flush = () => {
    for (const frame of session.takeOutput()) {
      answers++
      const luck = noise.next()
      if (luck < line.loss) continue
      // Beside what is lost there is what arrives spoilt: the check sequence of HDLC finds it.
      if (spec.transport === 'hdlc' && luck < line.loss * 2) {
        send(frame.with(noise.below(frame.length), noise.below(256)))
        continue
      }
      if (fault === 'garbage' && answers > 1) send(frame.map(() => noise.below(256)))
      else if (fault === 'repeats-blocks' && sent !== undefined && answers % 9 === 0) send(sent)
      else send(frame)
      sent = frame
    }
    for (const event of session.takeEvents()) {
      hooks.onEvent?.(spec.serial, event)
      if (event.kind === 'failed' && event.fatal) socket.destroy()
    }
  }
  socket.on('data', (chunk) => {
    if (fault === 'never-answers') return
    if (!meter.household.reachable(Date.now())) return void socket.destroy()
    session.receive(chunk, Date.now())
    if (meter.household.takeDrop()) return void socket.destroy()
    flush()
  })
  const timer = setInterval(() => {
    session.tick(Date.now())
    flush()
  }, 5_000)
  socket.setTimeout(idleMs, () => socket.destroy())
  socket.on('close', () => clearInterval(timer))
}
