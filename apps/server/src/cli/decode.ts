import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { InspectResult, Language } from '@contor/dlms'
import type { Command } from 'commander'
import {
  type DecodeItem,
  InputError,
  idOf,
  type KeyTexts,
  parseHex,
  readInput,
  readItem,
} from './decodeInput.ts'
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
type Decoder = (item: DecodeItem, keys: KeyTexts) => InspectResult

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
  let closed = false
  streams.output.once('error', (error: NodeJS.ErrnoException) => {
    closed = true
    if (error.code !== 'EPIPE') throw error
  })
  const lines = createInterface({ input: streams.input, crlfDelay: Number.POSITIVE_INFINITY })
  for await (const line of lines) {
    if (closed) break
    if (line.trim() === '') continue
    if (!streams.output.write(`${decodeLine(decoder, keys, line)}\n`)) await once(streams.output, 'drain')
  }
  return 0
}

function decodeLine(decoder: Decoder, keys: KeyTexts, line: string): string {
  try {
    const item = readItem(line)
    return JSON.stringify({ id: item.id ?? null, ...decoder(item, keys) })
  } catch (error) {
    const message = readable(error)
    if (message === undefined) throw error
    const id = idOf(line) ?? null
    return JSON.stringify({
      id,
      ok: false,
      protocol: 'unknown',
      error: { code: 'input', message, offset: 0 },
    })
  }
}

async function createDecoder(language: Language): Promise<Decoder> {
  const [
    { inspect, isProtocol, objectName, recognise },
    { inspectTelegram },
    { inspectMbus },
    { nodeCrypto },
  ] = await Promise.all([
    import('@contor/dlms'),
    import('@contor/iec62056-21'),
    import('@contor/mbus'),
    import('@contor/dlms/node'),
  ])
  return (item, defaults) => {
    const spoken = item.frames.length === 1 ? recognise(item.frames[0] as Uint8Array) : undefined
    if (spoken === 'p1' || spoken === 'iec62056-21') {
      return inspectTelegram(item.frames[0] as Uint8Array, {
        language,
        nameOf: (obis) => objectName(obis, language),
      })
    }
    if (spoken === 'mbus') return inspectMbus(item.frames[0] as Uint8Array)
    const texts = { ...defaults, ...item.keys }
    const keys = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, parseHex(text, name)]))
    const options = { keys, crypto: nodeCrypto, language }
    const run = (frames: readonly Uint8Array[]) => inspect(frames, options)
    const whole = item.perLine && item.frames.length > 1 ? [join(item.frames)] : item.frames
    const result = run(whole)
    if (result.ok) return result
    if (whole !== item.frames) {
      // Lines that are frames by themselves, rather than one frame wrapped over lines.
      const apart = run(item.frames)
      if (apart.ok || item.frames.every((frame) => recognise(frame) === apart.protocol)) return apart
    }
    if (item.protocol !== undefined && isProtocol(item.protocol) && item.protocol !== result.protocol) {
      return inspect(whole, { ...options, protocol: item.protocol })
    }
    return result
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

async function readAll(input: Readable): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of input) parts.push(typeof part === 'string' ? new TextEncoder().encode(part) : part)
  return join(parts)
}

/** Messages for what a caller can put right; undefined for what is a fault of ours. */
function readable(error: unknown): string | undefined {
  if (error instanceof InputError) return error.message
  const { code, path } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return `fișierul nu există (no such file): ${path}`
  if (code === 'EACCES' || code === 'EISDIR')
    return `fișierul nu poate fi citit (cannot be read): ${path ?? code}`
  return undefined
}
