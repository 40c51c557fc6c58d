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
  readonly format?: string
  readonly pcap?: boolean
  readonly showSecrets?: boolean
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
    .description(
      'take a frame apart: DLMS, IEC 62056-21, M-Bus, Modbus or SML, deciphered when keys are given',
    )
    .argument('<file>', 'file with hexadecimal or binary frames, one or several; - reads standard input')
    .option('--key <hex>', 'encryption key (also of wireless M-Bus), 32 hexadecimal digits')
    .option('--auth-key <hex>', 'authentication key, 32 hexadecimal digits')
    .option('--system-title <hex>', 'system title of the sender, 16 hexadecimal digits')
    .option('--json', 'print the tree as JSON')
    .option('--format <format>', 'tree, or the messages themselves as xml or json', 'tree')
    .option('--pcap', 'the file is a capture (pcap, pcapng) of TCP or UDP')
    .option('--show-secrets', 'with xml and json: passwords and keys of the messages too')
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
    const content = await readAll(streams.input)
    if (options.pcap) return await decodeCapture(content, { ...keys }, language, decoder, streams)
    const item = readInput(content)
    if (options.format === 'xml' || options.format === 'json') {
      return await printMessages(item, keys, options.format, options.showSecrets === true, streams)
    }
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

/** The APDUs themselves; 1 when none was found. */
async function printMessages(
  item: DecodeItem,
  keys: KeyTexts,
  format: 'xml' | 'json',
  secrets: boolean,
  streams: Streams,
): Promise<number> {
  const { keysOf, messagesOf, messagesToJson, messagesToXml } = await import('@contor/inspect')
  const { nodeCrypto } = await import('@contor/dlms/node')
  const { mbusCrypto } = await import('./mbusCrypto.ts')
  const messages = messagesOf(item.frames, {
    keys: keysOf({ ...keys, ...item.keys }),
    crypto: nodeCrypto,
    mbusCrypto,
    perLine: item.perLine,
    redact: !secrets,
  })
  streams.output.write((format === 'xml' ? messagesToXml : messagesToJson)(messages, secrets))
  if (messages.length > 0) return 0
  streams.errors.write('niciun mesaj DLMS (no DLMS message)\n')
  return 1
}

/** Every conversation of a capture, one after the other; those on the port of DLMS when there are any. */
async function decodeCapture(
  content: Uint8Array,
  keys: KeyTexts,
  language: Language,
  decoder: Decoder,
  streams: Streams,
): Promise<number> {
  const { conversationsOf } = await import('@contor/inspect')
  const conversations = conversationsOf(content)
  if (typeof conversations === 'string' || conversations.length === 0) {
    streams.errors.write(`${conversations || 'captura nu are date TCP sau UDP (no TCP or UDP data)'}\n`)
    return 1
  }
  let code = 0
  for (const { ends, frames } of conversations) {
    const result = decoder({ frames, perLine: false }, keys)
    streams.output.write(`${ends.join(' ↔ ')}\n${printTree(result, language)}\n`)
    if (result.ok) continue
    streams.errors.write(`${errorLine(result, language)}\n`)
    code = 1
  }
  return code
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
  const [{ keysOf, recogniseAndInspect }, { nodeCrypto }, { mbusCrypto }] = await Promise.all([
    import('@contor/inspect'),
    import('@contor/dlms/node'),
    import('./mbusCrypto.ts'),
  ])
  return (item, defaults) => {
    const { candidates, frames, ...result } = recogniseAndInspect(item.frames, {
      keys: keysOf({ ...defaults, ...item.keys }),
      crypto: nodeCrypto,
      mbusCrypto,
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
