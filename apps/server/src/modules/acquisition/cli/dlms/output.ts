// What the commands print: one line or table for people, or JSON.

import { type Data, toHex } from '@contor/dlms'

export type Output = { readonly json?: boolean }

export function print(options: Output, json: unknown, readable: string): void {
  process.stdout.write(`${options.json ? JSON.stringify(jsonOf(json)) : readable}\n`)
}

/** Octets in hex, 64-bit numbers as text, everything else as it is. */
export function jsonOf(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value)
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return value.map(jsonOf)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, jsonOf(member)]))
  return value
}

/** COSEM data as JSON: octets in hex, 64-bit numbers as text. */
export function plainData(value: Data): unknown {
  if (value.value instanceof Uint8Array) return toHex(value.value)
  if (Array.isArray(value.value)) return value.value.map((item: Data) => plainData(item))
  if (value.type === 'bit-string') return toHex(value.value.bytes)
  return typeof value.value === 'bigint' ? value.value.toString() : value.value
}

export function dataText(value: Data): string {
  if (value.type === 'octet-string') return octetsText(value.value)
  const shown = plainData(value)
  return typeof shown === 'object' ? JSON.stringify(shown, null, 2) : String(shown)
}

/** Hex, and the text that it spells when it does. */
export function octetsText(octets: Uint8Array): string {
  const readable = String.fromCharCode(...octets)
  const printable = octets.length > 0 && /^[\x20-\x7e]+$/.test(readable)
  return printable ? `${toHex(octets)}  "${readable}"` : toHex(octets)
}

/** Columns padded to their widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length))) ?? []
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
