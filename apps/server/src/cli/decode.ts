import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { InspectResult, Language } from '@contor/dlms'
import type { DecodeItem, KeyTexts } from '@contor/inspect'
import type { Command } from 'commander'
import { errorLine, printTree } from './decodePrint.ts'

export type DecodeOptions = {
  readonly key?: string
  readonly authKey?: string
  readonly systemTitle?: string
  readonly json?: boolean
  readonly jsonl?: boolean
  readonly lang?: string
}

type Streams = { readonly input: Readable; readonly output: Writable; readonly errors: Writable }
/** `runnerUp`: what else the octets may be. */
type Decoded = InspectResult & { readonly runnerUp?: string }
type Decoder = (item: DecodeItem, keys: KeyTexts) => Decoded

/** Adds `contor decode`. The codec is loaded when the command runs. */
export function registerDecode(program: Command): void {
  program
    .command('decode')
    .description('take a frame apart: HDLC, wrapper, M-Bus or a bare APDU, deciphered when keys are given')
    .argument('<file>', 'file with hexadecimal or binary frames, one or several; - reads standard input')
    .option('--key <hex>', 'encryption key, 32 hexadecimal digits')
    .option('--auth-key <hex>', 'authentication key, 32 hexadecimal digits')
    .option('--system-title <hex>', 'system title of the sender, 16 hexadecimal digits')
    .option('--json', 'print the tree as JSON')
    .option(
      '--jsonl',
      'one JSON item per line in ({id, hex | frames | text, keys?}), one result per line out',
    )
    .option('--lang <language>', 'ro or en', 'ro')
    .action(async (file: string, options: DecodeOptions) => {
      const input = file === '-' ? process.stdin : createReadStream(file)
      process.exitCode = await decode(options, { input, output: process.stdout, errors: process.stderr })
    })
}

/** @returns the exit code: 1 when the input cannot be read or was not understood whole */
export async function decode(options: DecodeOptions, streams: Streams): Promise<number> {
  const language: Language = options.lang === 'en' ? 'en' : 'ro'
  const keys: KeyTexts = {
    ...(options.key !== undefined && { encryption: options.key }),
    ...(options.authKey !== undefined && { authentication: options.authKey }),
    ...(options.systemTitle !== undefined && { systemTitle: options.systemTitle }),
  }
  try {
    const { readInput } = await import('@contor/inspect')
    const decoder = await createDecoder(language)
    if (options.jsonl) return await decodeLines(decoder, keys, streams)
    const item = readInput(await readAll(streams.input))
    const result = decoder(item, keys)
    streams.output.write(
      options.json ? `${JSON.stringify(result, undefined, 2)}\n` : printTree(result, language),
    )
    if (result.ok) return 0
    streams.errors.write(`${errorLine(result, language)}\n`)
    return 1
  } catch (error) {
    const message = readable(error)
    if (message === undefined) throw error
    streams.errors.write(`${message}\n`)
    return 1
  }
}

/** One result for each line, in order; waits when the reader of the output is slower. */
async function decodeLines(decoder: Decoder, keys: KeyTexts, streams: Streams): Promise<number> {
  const { idOf, readItem } = await import('@contor/inspect')
  const decodeLine = (line: string): string => {
    try {
      const item = readItem(line)
      return JSON.stringify({ id: item.id ?? null, ...decoder(item, keys) })
    } catch (error) {
      const message = readable(error)
      if (message === undefined) throw error
      const fault = { code: 'input', message, offset: 0 }
      return JSON.stringify({ id: idOf(line) ?? null, ok: false, protocol: 'unknown', error: fault })
    }
  }
  let closed = false
  streams.output.once('error', (error: NodeJS.ErrnoException) => {
    closed = true
    if (error.code !== 'EPIPE') throw error
  })
  const lines = createInterface({ input: streams.input, crlfDelay: Number.POSITIVE_INFINITY })
  for await (const line of lines) {
    if (closed) break
    if (line.trim() === '') continue
    if (!streams.output.write(`${decodeLine(line)}\n`)) await once(streams.output, 'drain')
  }
  return 0
}

async function createDecoder(language: Language): Promise<Decoder> {
  const [{ keysOf, recogniseAndInspect }, { nodeCrypto }] = await Promise.all([
    import('@contor/inspect'),
    import('@contor/dlms/node'),
  ])
  return (item, defaults) => {
    const { candidates, frames, ...result } = recogniseAndInspect(item.frames, {
      keys: keysOf({ ...defaults, ...item.keys }),
      crypto: nodeCrypto,
      language,
      perLine: item.perLine,
      ...(item.protocol !== undefined && { protocol: item.protocol }),
    })
    const [, second] = candidates
    return { ...result, ...(second && { runnerUp: second.protocol }) }
  }
}

async function readAll(input: Readable): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of input) parts.push(typeof part === 'string' ? new TextEncoder().encode(part) : part)
  return new Uint8Array(Buffer.concat(parts))
}

/** Messages for what a caller can put right; undefined for what is a fault of ours. */
function readable(error: unknown): string | undefined {
  if (error instanceof Error && error.name === 'InputError') return error.message
  const { code, path } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return `fișierul nu există (no such file): ${path}`
  if (code === 'EACCES' || code === 'EISDIR')
    return `fișierul nu poate fi citit (cannot be read): ${path ?? code}`
  return undefined
}
