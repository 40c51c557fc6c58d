// Splits files of lines (CSV by RFC 4180, tabulated text) into records, with the byte at which each ends: reading
// can go on from there after a crash.

/** Records of one piece of the file. Arrays of one length. */
export interface RecordBatch {
  readonly cells: string[][]
  /** Number of the line at which the record begins, from 1. */
  readonly lines: number[]
  /** Byte after the record and its line break. */
  readonly ends: number[]
}

const quoteByte = 34
const newline = 10
const maxRecordBytes = 1 << 20

/**
 * @param from byte and line to begin at: those after a record
 * @throws RangeError for a record beyond 1 MiB, which is no table
 */
export async function* readRecords(
  chunks: AsyncIterable<Uint8Array>,
  separator: string,
  from: { readonly byte: number; readonly line: number } = { byte: 0, line: 1 },
): AsyncGenerator<RecordBatch> {
  let rest: Buffer = Buffer.alloc(0)
  let byte = from.byte
  let line = from.line
  const batchOf = (bytes: Buffer, last: boolean) => {
    const batch: RecordBatch = { cells: [], lines: [], ends: [] }
    let start = 0
    let quotes = 0
    let quoteAt = bytes.indexOf(quoteByte)
    let breaks = 0
    for (;;) {
      let at = bytes.indexOf(newline, start)
      // Quotes before the line break: an odd number means that it is inside of a cell.
      for (;;) {
        const stop = at < 0 ? bytes.length : at
        while (quoteAt >= 0 && quoteAt < stop) {
          quotes++
          quoteAt = bytes.indexOf(quoteByte, quoteAt + 1)
        }
        if (quotes % 2 === 0 || at < 0) break
        breaks++
        at = bytes.indexOf(newline, at + 1)
      }
      if (at < 0) break
      take(batch, bytes, start, at, at + 1, quotes > 0)
      line += breaks + 1
      breaks = 0
      quotes = 0
      start = at + 1
    }
    if (last && start < bytes.length) {
      take(batch, bytes, start, bytes.length, bytes.length, quotes > 0)
      start = bytes.length
    }
    byte += start
    rest = bytes.subarray(start)
    return batch
  }
  const take = (
    batch: RecordBatch,
    bytes: Buffer,
    start: number,
    stop: number,
    next: number,
    quoted: boolean,
  ) => {
    const end = stop > start && bytes[stop - 1] === 13 ? stop - 1 : stop
    if (end === start) return
    const text = bytes.toString('utf8', start, end)
    batch.cells.push(quoted ? splitQuoted(text, separator) : text.split(separator))
    batch.lines.push(line)
    batch.ends.push(byte + next)
  }
  for await (const chunk of chunks) {
    const batch = batchOf(rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]), false)
    if (rest.length > maxRecordBytes)
      throw new RangeError(`line ${line} is longer than ${maxRecordBytes} bytes, or a quote is never closed`)
    rest = Buffer.from(rest)
    if (batch.cells.length > 0) yield batch
  }
  const batch = batchOf(rest, true)
  if (batch.cells.length > 0) yield batch
}

function splitQuoted(text: string, separator: string): string[] {
  const cells: string[] = []
  let at = 0
  for (;;) {
    if (text[at] === '"') {
      let value = ''
      let from = at + 1
      for (;;) {
        const close = text.indexOf('"', from)
        if (close < 0) {
          value += text.slice(from)
          at = text.length
          break
        }
        value += text.slice(from, close)
        at = close + 1
        if (text[at] !== '"') break
        value += '"'
        from = at + 1
      }
      // What follows a closed quote before the separator belongs to the cell, as written.
      const next = text.indexOf(separator, at)
      cells.push(value + text.slice(at, next < 0 ? text.length : next))
      if (next < 0) return cells
      at = next + separator.length
    } else {
      const next = text.indexOf(separator, at)
      cells.push(text.slice(at, next < 0 ? text.length : next))
      if (next < 0) return cells
      at = next + separator.length
    }
  }
}

/** The separator that a header line uses most. */
export function guessSeparator(header: string): ',' | ';' | '\t' {
  const count = (separator: string) => header.split(separator).length
  const [best] = ([';', '\t', ','] as const).toSorted((a, b) => count(b) - count(a))
  return best
}
