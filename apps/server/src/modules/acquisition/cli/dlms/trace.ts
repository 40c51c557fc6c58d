// trace: a relay between a client and a meter that writes what passes as a capture file. It deciphers nothing and
// knows no key; `--pcap` does the same for what the other commands say themselves.

import { writeFile } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { type CaptureFrame, writeCapture } from '@contor/dlms'
import type { Command } from 'commander'
import { ContorError } from '../../../../platform/index.ts'
import type { Target } from '../../drivers/transport.ts'
import { integer } from './input.ts'

type TraceOptions = { host: string; port: string; listen: string; out: string; connections?: string }

/** What one trace keeps: longer ones are cut, and it says so. */
const maxFrames = 200_000

export function registerTrace(dlms: Command): void {
  dlms
    .command('trace')
    .description('Relay a TCP connection to a meter and write what passes as a capture file (pcap)')
    .option('--host <host>', 'address of the meter', '127.0.0.1')
    .requiredOption('--port <port>', 'TCP port of the meter')
    .option('--listen <port>', 'port on this computer that the client connects to', '4059')
    .requiredOption('--out <file>', 'the capture file; opens in a packet analyser')
    .option('--connections <n>', 'end after so many connections; left out, Ctrl+C ends it')
    .action((options: TraceOptions) => trace(options))
}

async function trace(options: TraceOptions): Promise<void> {
  const port = integer(options.port, '--port', 65_535)
  const listen = integer(options.listen, '--listen', 65_535)
  let left =
    options.connections === undefined
      ? Number.POSITIVE_INFINITY
      : integer(options.connections, '--connections')
  const frames: CaptureFrame[] = []
  const keep = (direction: CaptureFrame['direction'], bytes: Uint8Array) => {
    if (frames.length < maxFrames) frames.push({ direction, at: Date.now(), bytes: Uint8Array.from(bytes) })
  }
  await new Promise<void>((resolve, reject) => {
    const open = new Set<Socket>()
    const end = () => {
      server.close()
      for (const socket of open) socket.destroy()
      resolve()
    }
    const server = createServer((client) => {
      const meter = connect({ host: options.host, port, noDelay: true })
      for (const [from, to, direction] of [
        [client, meter, 'sent'],
        [meter, client, 'received'],
      ] as const) {
        open.add(from)
        from.on('error', () => to.destroy())
        from.on('data', (chunk) => {
          keep(direction, chunk)
          to.write(chunk)
        })
        from.on('close', () => {
          open.delete(from)
          to.end()
        })
      }
      client.on('close', () => {
        left -= 1
        if (left <= 0) end()
      })
    })
    server.on('error', (cause) =>
      reject(
        new ContorError('not-ready', `127.0.0.1:${listen}: ${cause.message}`, {
          cause,
          remedy: 'Choose a free --listen port.',
        }),
      ),
    )
    server.listen(listen, '127.0.0.1', () =>
      process.stderr.write(`Relaying 127.0.0.1:${listen} to ${options.host}:${port}; Ctrl+C ends it.\n`),
    )
    process.once('SIGINT', end)
    process.once('SIGTERM', end)
  })
  await saveCapture(options.out, { kind: 'tcp', host: options.host, port }, frames)
}

/** Writes frames as a capture file and says how many. */
export async function saveCapture(
  path: string,
  target: Target,
  frames: readonly CaptureFrame[],
): Promise<void> {
  const transport = target.kind === 'udp' ? 'udp' : 'tcp'
  await writeFile(path, writeCapture(frames, { transport }))
  process.stderr.write(
    `${frames.length} frames in ${path}${frames.length >= maxFrames ? ' (the rest was left out)' : ''}\n`,
  )
}
