// What bytes travel over: a TCP connection, UDP datagrams or a serial line, behind one small face.

import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { DriverError } from './driver.ts'

/** Where a device is reached. */
export type Target =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  /** Each write is one datagram, each datagram one chunk. */
  | { readonly kind: 'udp'; readonly host: string; readonly port: number }
  | ({ readonly kind: 'serial'; readonly path: string } & SerialSettings)

export type SerialSettings = {
  /** Default 9,600. */
  readonly baudRate?: number
  /** Default 8. */
  readonly dataBits?: 7 | 8
  /** Default 'none'. */
  readonly parity?: 'none' | 'even'
}

/** An open way to a device. */
export interface ByteStream {
  write(bytes: Uint8Array): void
  /** Takes the place of the listener before it; what came while there was none is handed over at once. */
  onData(listener: (chunk: Uint8Array) => void): void
  /** Called once, when the other side or the line ends it; not after `close`. */
  onClose(listener: () => void): void
  close(): void
  /** Serial lines only: settings from the next byte on, after what was written has left. */
  readonly configure?: (settings: SerialSettings) => Promise<void>
}

export type OpenOptions = { readonly connectTimeoutMs: number; readonly signal?: AbortSignal }

/** @throws DriverError 'unreachable' or 'aborted' */
export async function openStream(target: Target, options: OpenOptions): Promise<ByteStream> {
  if (options.signal?.aborted) throw stopped()
  switch (target.kind) {
    case 'tcp':
      return openTcp(target.host, target.port, options)
    case 'udp':
      return openUdp(target.host, target.port)
    case 'serial':
      return openSerial(target)
  }
}

/** The target as people write it: `host:port`, `udp://host:port`, `/dev/ttyUSB0@9600`. */
export function targetText(target: Target): string {
  if (target.kind === 'serial') return `${target.path}@${target.baudRate ?? defaultBaudRate}`
  return `${target.kind === 'udp' ? 'udp://' : ''}${target.host}:${target.port}`
}

const defaultBaudRate = 9_600
const stopped = () => new DriverError('aborted', 'the collector stops')

const maxEarlyChunks = 64

/** One listener at a time, and a short memory until there is one. */
function receiver() {
  let listener: ((chunk: Uint8Array) => void) | undefined
  let early: Uint8Array[] = []
  return {
    take(chunk: Uint8Array): void {
      if (listener) listener(chunk)
      else if (early.length < maxEarlyChunks) early.push(chunk)
    },
    onData(next: (chunk: Uint8Array) => void): void {
      listener = next
      const kept = early
      early = []
      for (const chunk of kept) next(chunk)
    },
  }
}

function openTcp(host: string, port: number, { connectTimeoutMs, signal }: OpenOptions): Promise<ByteStream> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true })
    const give = (error: DriverError) => {
      cleanUp()
      socket.on('error', () => {})
      socket.destroy()
      reject(error)
    }
    const onAbort = () => give(stopped())
    const onError = (cause: NodeJS.ErrnoException) =>
      give(new DriverError('unreachable', `no connection: ${cause.code ?? cause.message}`, { cause }))
    const timer = setTimeout(
      () => give(new DriverError('unreachable', 'no connection in time')),
      connectTimeoutMs,
    )
    const cleanUp = () => {
      clearTimeout(timer)
      socket.off('error', onError)
      signal?.removeEventListener('abort', onAbort)
    }
    socket.once('error', onError)
    signal?.addEventListener('abort', onAbort, { once: true })
    socket.once('connect', () => {
      cleanUp()
      socket.on('error', () => {})
      const received = receiver()
      socket.on('data', received.take)
      let closed = false
      resolve({
        write: (bytes) => void socket.write(bytes),
        onData: received.onData,
        onClose: (listener) => void socket.on('close', () => closed || listener()),
        close: () => {
          closed = true
          socket.destroy()
        },
      })
    })
  })
}

function openUdp(host: string, port: number): Promise<ByteStream> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    let closed = false
    const onError = (cause: NodeJS.ErrnoException) =>
      reject(new DriverError('unreachable', `no datagrams: ${cause.code ?? cause.message}`, { cause }))
    socket.once('error', onError)
    socket.connect(port, host, () => {
      socket.off('error', onError)
      // A refused datagram is reported later and may be another one's: silence decides, as with a lost one.
      socket.on('error', () => {})
      const received = receiver()
      socket.on('message', received.take)
      resolve({
        write: (bytes) => void (closed || socket.send(bytes)),
        onData: received.onData,
        onClose: () => {},
        close: () => {
          if (!closed) socket.close()
          closed = true
        },
      })
    })
  })
}

async function openSerial(target: Extract<Target, { kind: 'serial' }>): Promise<ByteStream> {
  // The native binding is loaded only where a serial line is used.
  const { SerialPort } = await import('serialport')
  return new Promise((resolve, reject) => {
    const port = new SerialPort(
      {
        path: target.path,
        baudRate: target.baudRate ?? defaultBaudRate,
        dataBits: target.dataBits ?? 8,
        parity: target.parity ?? 'none',
        stopBits: 1,
      },
      (cause) => {
        if (cause) {
          reject(new DriverError('unreachable', `no serial line: ${cause.message}`, { cause }))
          return
        }
        let closed = false
        port.on('error', () => {})
        const received = receiver()
        port.on('data', received.take)
        resolve({
          write: (bytes) => void port.write(Buffer.from(bytes)),
          onData: received.onData,
          onClose: (listener) => void port.on('close', () => closed || listener()),
          close: () => {
            closed = true
            if (port.isOpen) port.close()
          },
          configure: (settings) => configureSerial(port, settings),
        })
      },
    )
  })
}

type Port = InstanceType<typeof import('serialport').SerialPort>

async function configureSerial(port: Port, settings: SerialSettings): Promise<void> {
  await new Promise<void>((resolve, reject) => port.drain((error) => (error ? reject(error) : resolve())))
  await new Promise<void>((resolve, reject) =>
    port.update({ baudRate: settings.baudRate ?? defaultBaudRate }, (error) =>
      error ? reject(error) : resolve(),
    ),
  )
}
