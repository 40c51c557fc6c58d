import { createReadStream } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import type { Command } from 'commander'

type Streams = { readonly input: Readable; readonly output: Writable; readonly errors: Writable }

/** Adds `contor encode`. The codec is loaded when the command runs. */
export function registerEncode(program: Command): void {
  program
    .command('encode')
    .description('XML or JSON of an APDU, as `contor decode --format` prints it, to hexadecimal')
    .argument('<file>', 'file with one document; - reads standard input')
    .action(async (file: string) => {
      const input = file === '-' ? process.stdin : createReadStream(file)
      process.exitCode = await encode({ input, output: process.stdout, errors: process.stderr })
    })
}

/** @returns the exit code: 1 when the document is no APDU */
export async function encode(streams: Streams): Promise<number> {
  const { apduFromJson, apduFromXml, encodeApdu, toHex } = await import('@contor/dlms')
  let text = ''
  try {
    for await (const part of streams.input.setEncoding('utf8')) text += part
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    streams.errors.write(`fișierul nu poate fi citit (cannot be read): ${path ?? code}\n`)
    return 1
  }
  const parsed = text.trimStart().startsWith('<') ? apduFromXml(text) : apduFromJson(text)
  if (parsed.kind === 'ok') {
    streams.output.write(`${toHex(encodeApdu(parsed.value))}\n`)
    return 0
  }
  const error = parsed.kind === 'malformed' ? parsed.error : undefined
  streams.errors.write(
    `documentul nu este un APDU (the document is no APDU): ${error?.message} [${error?.code}, ${error?.offset}]\n`,
  )
  return 1
}
