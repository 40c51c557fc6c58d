// JSON tables: an array of flat objects, or one object a line; cut into objects without reading the whole file.
import { createReadStream } from 'node:fs'
import { ContorError } from '../../../platform/index.ts'
import type { Cell } from '../table/columns.ts'
import type { Opener, RowBatch } from './tables.ts'

const maxObjectBytes = 1 << 20
const [quote, backslash, open, close, newline] = [34, 92, 123, 125, 10]

/** The objects of depth 1 as text, with the line at which each begins. */
async function* cutObjects(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ texts: string[]; lines: number[] }> {
  let rest: Buffer = Buffer.alloc(0)
  let line = 1
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk])
    const found = { texts: [] as string[], lines: [] as number[] }
    // After a cut the rest is scanned again from the brace that opened it.
    let depth = 0
    let start = 0
    let from = -1
    let inText = false
    let lineOf = line
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i]
      if (inText) {
        if (byte === backslash) i++
        else if (byte === quote) inText = false
      } else if (byte === quote && depth > 0) inText = true
      else if (byte === newline) line++
      else if (byte === open && depth++ === 0) {
        from = i
        lineOf = line
      } else if (byte === close && depth > 0 && --depth === 0) {
        found.texts.push(bytes.toString('utf8', from, i + 1))
        found.lines.push(lineOf)
        start = i + 1
        from = -1
      }
    }
    rest =
      from >= 0
        ? Buffer.from(bytes.subarray(from))
        : Buffer.from(bytes.subarray(Math.max(start, bytes.length)))
    if (from >= 0) line = lineOf
    if (rest.length > maxObjectBytes)
      throw new RangeError(`line ${lineOf}: an object of more than ${maxObjectBytes} bytes`)
    if (found.texts.length > 0) yield found
  }
  if (rest.length > 0) throw new RangeError(`the file ends within the object that begins in line ${line}`)
}

/** Columns are the keys of the first object; a later object's other keys are ignored. */
export const openObjects: Opener = async (path) => {
  let header: string[] | undefined
  for await (const found of cutObjects(createReadStream(path, { highWaterMark: 64 * 1024 }))) {
    header = Object.keys(parse(found.texts[0]) ?? {})
    break
  }
  if (!header)
    throw new ContorError('invalid-request', 'The file holds no JSON object', {
      field: 'file',
      remedy: 'Send an array of flat objects, or one object a line.',
    })
  const columns = header
  return { header: columns, decimal: '.', rows: rowsOf(path, columns) }
}

async function* rowsOf(path: string, header: readonly string[]): AsyncGenerator<RowBatch> {
  for await (const { texts, lines } of cutObjects(createReadStream(path, { highWaterMark: 256 * 1024 })))
    yield {
      cells: texts.map((text) => {
        const object = parse(text)
        // A row without its point is rejected with its line, and so is text that is no JSON.
        return header.map((name) => cellOf(object?.[name]))
      }),
      lines,
    }
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function cellOf(value: unknown): Cell {
  if (typeof value === 'string' || typeof value === 'number') return value
  return value === null || value === undefined ? null : JSON.stringify(value)
}
