// What a session needs around it to live on a connection: a byte stream and a clock, both given by the caller.

import type { EpochMs } from '../session/types.ts'

/** Both directions of one connection. Bytes come in any chunking, except over UDP: one datagram each. */
export type ByteStream = {
  write(bytes: Uint8Array): void
  /** Called once, before any byte is written. */
  onData(listener: (bytes: Uint8Array) => void): void
  /** The connection is over, with the reason where there is one. Called once. */
  onClose(listener: (reason?: Error) => void): void
  close(): void
}

export type StreamClock = {
  now(): EpochMs
  /** Calls `run` once, `ms` from now at the earliest. Returns what cancels it. */
  after(ms: number, run: () => void): () => void
}

const longestTimerMs = 2_147_483_647

/** `Date.now` and `setTimeout` of the runtime. */
export const systemClock: StreamClock = {
  now: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, Math.min(Math.max(0, ms), longestTimerMs))
    return () => clearTimeout(timer)
  },
}

/** What is used of a `net.Socket`, a `tls.TLSSocket` or a `SerialPort`. */
export type SocketLike = {
  write(bytes: Uint8Array): unknown
  destroy(): unknown
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown
  on(event: 'close', listener: () => void): unknown
  on(event: 'error', listener: (reason: Error) => void): unknown
}

/** Stream of a socket, connected or about to be. `close` ends it at once. */
export function fromSocket(socket: SocketLike): ByteStream {
  return {
    write: (bytes) => void socket.write(bytes),
    onData: (listener) =>
      void socket.on('data', (chunk) =>
        listener(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length)),
      ),
    onClose: (listener) => {
      let reason: Error | undefined
      socket.on('error', (error) => {
        reason = error
      })
      socket.on('close', () => listener(reason))
    },
    close: () => void socket.destroy(),
  }
}

/** What is used of a pair of web streams: `Deno.connect`, Web Serial, `WebTransport`. */
export type WebStreams = {
  readonly readable: {
    getReader(): {
      read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array }>
      cancel(): Promise<void>
    }
  }
  readonly writable: { getWriter(): { write(bytes: Uint8Array): Promise<void>; close(): Promise<void> } }
}

/** Stream of a readable and a writable. */
export function fromWebStreams(streams: WebStreams): ByteStream {
  const reader = streams.readable.getReader()
  const writer = streams.writable.getWriter()
  let ended: (reason?: Error) => void = () => undefined
  const end = (reason?: Error) => {
    const tell = ended
    ended = () => undefined
    tell(reason)
  }
  return {
    write: (bytes) => void writer.write(bytes).catch(end),
    onClose: (listener) => {
      ended = listener
    },
    onData: async (listener) => {
      try {
        for (;;) {
          const { done, value } = await reader.read()
          if (done) return end()
          if (value) listener(value)
        }
      } catch (reason) {
        end(reason instanceof Error ? reason : new Error(String(reason)))
      }
    },
    close: () => {
      reader.cancel().catch(() => undefined)
      writer.close().catch(() => undefined)
    },
  }
}

/** The two ends of a connection in memory: for tests, and for a client and a meter in one program. */
export function streamPair(): [ByteStream, ByteStream] {
  const a = memoryEnd()
  const b = memoryEnd()
  a.peer = b
  b.peer = a
  return [a.stream, b.stream]
}

type MemoryEnd = { stream: ByteStream; data(bytes: Uint8Array): void; ended(): void; peer?: MemoryEnd }

function memoryEnd(): MemoryEnd {
  let open = true
  let onData: (bytes: Uint8Array) => void = () => undefined
  let onClose: () => void = () => undefined
  const end: MemoryEnd = {
    data: (bytes) => {
      if (open) onData(bytes)
    },
    ended: () => {
      if (!open) return
      open = false
      onClose()
    },
    stream: {
      write: (bytes) => {
        const copy = bytes.slice()
        if (open) queueMicrotask(() => end.peer?.data(copy))
      },
      onData: (listener) => {
        onData = listener
      },
      onClose: (listener) => {
        onClose = listener
      },
      close: () =>
        queueMicrotask(() => {
          end.ended()
          end.peer?.ended()
        }),
    },
  }
  return end
}
