// What the options hold, checked: each error names the option, what stands there and what should.

import { readFile } from 'node:fs/promises'
import { type Data, decodeData, fromHex, parseObis } from '@contor/dlms'
import { ContorError } from '../../../../platform/index.ts'

export function bad(field: string, value: string, wanted: string): ContorError {
  return new ContorError('bad-configuration', `${field} must be ${wanted}`, { field, value })
}

export function integer(value: string, name: string, max = Number.MAX_SAFE_INTEGER): number {
  const number = Number(value)
  if (value === '' || !Number.isInteger(number) || number < 0 || number > max)
    throw bad(name, value, max === Number.MAX_SAFE_INTEGER ? 'a whole number' : `a whole number 0…${max}`)
  return number
}

export function oneOf<const C extends readonly string[]>(value: string, name: string, choices: C): C[number] {
  if (!choices.includes(value)) throw bad(name, value, `one of ${choices.join(', ')}`)
  return value
}

/** An instant of ISO 8601, epoch ms. */
export function instant(value: string): number {
  const at = Date.parse(value)
  if (Number.isNaN(at)) throw bad('--from/--to', value, 'an instant such as 2026-11-20T00:00:00Z')
  return at
}

export function dataOf(hex: string, name = '--value'): Data {
  const parsed = decodeData(fromHex(hex))
  if (parsed.kind !== 'ok')
    throw bad(name, hex, 'A-XDR data in hex, e.g. 0600001f40 for a double-long-unsigned')
  return parsed.value
}

/** Parser of an option that takes a logical name: it refuses before anything is sent. */
export function obisOf(name: string): (value: string) => string {
  return (value) => {
    if (parseObis(value) === undefined || !/^\d+(\.\d+){5}$/.test(value))
      throw bad(name, value, 'six numbers from 0 to 255, e.g. 1.0.1.8.0.255')
    return value
  }
}

/**
 * Octets in hex, or `@FILE` with them. A key on a command line is in the shell's history; a file is the better
 * place. The value is never repeated in the error.
 */
export async function secret(value: string, lengths: readonly number[], name: string): Promise<Uint8Array> {
  const hex = value.startsWith('@') ? (await read(value.slice(1), name)).toString('utf8').trim() : value
  if (!/^[0-9a-f]*$/i.test(hex) || !lengths.some((length) => hex.length === length * 2))
    throw bad(name, '…', `${lengths.join(' or ')} bytes in hex`)
  return fromHex(hex)
}

/** A password as text, or `@FILE` with it. */
export async function password(value: string, name: string): Promise<string> {
  if (!value.startsWith('@')) return value
  return (await read(value.slice(1), name)).toString('utf8').trim()
}

export async function read(path: string, name: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (cause) {
    throw new ContorError('bad-configuration', `${name}: the file cannot be read`, {
      field: name,
      value: path,
      remedy: 'Check the path and that you may read it.',
      cause,
    })
  }
}

export async function readJson(path: string, name: string): Promise<unknown> {
  const text = (await read(path, name)).toString('utf8')
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ContorError('bad-configuration', `${name}: ${(cause as Error).message}`, {
      field: name,
      value: path,
      remedy: 'The file must be JSON.',
      cause,
    })
  }
}
