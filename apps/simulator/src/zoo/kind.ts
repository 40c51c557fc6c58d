// What every device of the zoo has in common: a name, how it is reached, and a port to open.

import { createServer, type Socket } from 'node:net'

export interface Place {
  readonly host: string
  readonly port: number
  /** Where devices that push send their messages; absent: they wait to be asked. */
  readonly pushTo?: { readonly host: string; readonly port: number } | undefined
}

export interface Running {
  close(): Promise<void>
}

export interface ZooKind {
  readonly name: string
  /** One line for people. */
  readonly what: string
  readonly protocol: 'dlms' | 'iec62056-21' | 'mbus' | 'modbus' | 'p1' | 'sml'
  readonly transport: 'tcp' | 'udp'
  /** Addresses, passwords and keys that a client needs; octets in hex. */
  readonly reach: Readonly<Record<string, unknown>>
  open(place: Place): Promise<Running>
}

/** A TCP server that hands each connection to `serve`; sockets still open end with it. */
export function openTcp(place: Place, serve: (socket: Socket) => void): Promise<Running> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    serve(socket)
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(place.port, place.host, () =>
      resolve({
        close: () =>
          new Promise((done) => {
            for (const socket of sockets) socket.destroy()
            server.close(() => done())
          }),
      }),
    )
  })
}
