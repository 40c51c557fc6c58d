// trace: a relay between a client and a meter that writes what passes as a capture file. It deciphers nothing and
// knows no key; `--pcap` does the same for what the other commands say themselves.

import { writeFile } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { type CaptureFrame, writeCapture } from '@contor/dlms'
import { recogniseAndInspect } from '@contor/inspect'
import type { Command } from 'commander'
import { ContorError } from '../../../../platform/index.ts'
import type { Target } from '../../drivers/transport.ts'
import { shownFrames } from '../../trace.ts'
import { integer } from './input.ts'

type TraceOptions = {
  host: string
  port: string
  listen: string
  out: string
  connections?: string
  showSecrets?: boolean
}

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
    .option('--show-secrets', 'leave passwords in the file as they passed')
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
  await saveCapture(options.out, { kind: 'tcp', host: options.host, port }, frames, options.showSecrets)
}

/** What is taken apart at once, octets; an opening and its association fit in many times over. */
const maxRun = 256 * 1024

/** The same frames, octets of passwords and keys in clear text as `*`; check sequences over them no longer fit. */
export function hideSecrets(frames: readonly CaptureFrame[]): CaptureFrame[] {
  const kept: CaptureFrame[] = []
  let run: CaptureFrame[] = []
  let size = 0
  for (const frame of frames) {
    if (size + frame.bytes.length > maxRun) {
      kept.push(...hideInRun(run))
      run = []
      size = 0
    }
    run.push(frame)
    size += frame.bytes.length
  }
  return [...kept, ...hideInRun(run)]
}

// A line may be opened in one protocol and go on in another: what any of them would hide is hidden.
function hideInRun(frames: readonly CaptureFrame[]): CaptureFrame[] {
  if (frames.length === 0) return []
  const octets = frames.map(({ bytes }) => bytes)
  const trees = [
    recogniseAndInspect(octets),
    ...spoken.map((protocol) => recogniseAndInspect(octets, { protocol })),
  ].map(({ tree }) => shownFrames({ frames }, tree))
  return frames.map((frame, index) => {
    const bytes = Uint8Array.from(frame.bytes)
    for (const shown of trees)
      for (let at = 0; at < bytes.length; at++) if (shown[index]?.startsWith('xx', 2 * at)) bytes[at] = 0x2a
    return { ...frame, bytes }
  })
}
const spoken = ['dlms-hdlc', 'dlms-wrapper', 'iec62056-21']

/** Writes frames as a capture file, secrets hidden unless `showSecrets`, and says how many. */
export async function saveCapture(
  path: string,
  target: Target,
  frames: readonly CaptureFrame[],
  showSecrets = false,
): Promise<void> {
  const kept = showSecrets ? frames : hideSecrets(frames)
  const transport = target.kind === 'udp' ? 'udp' : 'tcp'
  await writeFile(path, writeCapture(kept, { transport }))
  process.stderr.write(
    `${frames.length} frames in ${path}${frames.length >= maxFrames ? ' (the rest was left out)' : ''}\n`,
  )
}
