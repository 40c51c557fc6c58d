// Workbooks: the first sheet as a table, read as a stream of XML out of the archive.
import { SaxesParser } from 'saxes'
import yauzl from 'yauzl'
import { ContorError } from '../../../platform/index.ts'
import type { Cell } from '../table/columns.ts'
import type { Opener, RowBatch } from './tables.ts'

const maxSharedBytes = 256 << 20

interface Archive {
  readonly entries: ReadonlyMap<string, yauzl.Entry>
  read(name: string): Promise<AsyncIterable<Uint8Array>>
  close(): void
}

function openArchive(path: string): Promise<Archive> {
  return new Promise((resolve, reject) => {
    yauzl.open(path, { lazyEntries: true, autoClose: false }, (error, zip) => {
      if (error)
        return reject(
          new ContorError('invalid-request', `Not a workbook: ${error.message}`, {
            field: 'file',
            cause: error,
          }),
        )
      const entries = new Map<string, yauzl.Entry>()
      zip.on('entry', (entry: yauzl.Entry) => {
        entries.set(entry.fileName, entry)
        zip.readEntry()
      })
      zip.once('error', reject)
      zip.once('end', () =>
        resolve({
          entries,
          close: () => zip.close(),
          read: (name) =>
            new Promise((done, fail) => {
              const entry = entries.get(name)
              if (!entry)
                return fail(
                  new ContorError('invalid-request', `The workbook has no ${name}`, { field: 'file' }),
                )
              zip.openReadStream(entry, (cause, stream) => (cause ? fail(cause) : done(stream)))
            }),
        }),
      )
      zip.readEntry()
    })
  })
}

/** Texts that cells refer to by number. */
async function sharedTexts(archive: Archive): Promise<string[]> {
  const entry = archive.entries.get('xl/sharedStrings.xml')
  if (!entry) return []
  if (entry.uncompressedSize > maxSharedBytes)
    throw new ContorError('too-large', 'The workbook holds more text than can be kept in memory', {
      field: 'file',
      remedy: 'Save it as CSV.',
    })
  const texts: string[] = []
  let text: string | undefined
  let inText = false
  let phonetic = 0
  const parser = new SaxesParser()
  parser.on('opentag', ({ name }) => {
    if (name === 'si') text = ''
    else if (name === 'rPh') phonetic++
    else if (name === 't') inText = phonetic === 0
  })
  parser.on('text', (part) => {
    if (inText && text !== undefined) text += part
  })
  parser.on('closetag', ({ name }) => {
    if (name === 't') inText = false
    else if (name === 'rPh') phonetic--
    else if (name === 'si') {
      texts.push(text ?? '')
      text = undefined
    }
  })
  const decoder = new TextDecoder()
  for await (const chunk of await archive.read('xl/sharedStrings.xml'))
    parser.write(decoder.decode(chunk, { stream: true }))
  parser.close()
  return texts
}

/** Position of a cell from its name: A1 is 0, AB7 is 27. */
export function columnOf(reference: string): number {
  let index = 0
  for (let i = 0; i < reference.length; i++) {
    const code = reference.charCodeAt(i)
    if (code < 65 || code > 90) break
    index = index * 26 + code - 64
  }
  return index - 1
}

async function* sheetRows(
  archive: Archive,
  sheet: string,
  shared: readonly string[],
): AsyncGenerator<RowBatch> {
  let batch: { cells: Cell[][]; lines: number[] } = { cells: [], lines: [] }
  let row: Cell[] = []
  let line = 0
  let at = -1
  let type = ''
  let text = ''
  let taking = false
  const parser = new SaxesParser()
  parser.on('opentag', ({ name, attributes }) => {
    if (name === 'row') {
      row = []
      at = -1
      line = attributes['r'] === undefined ? line + 1 : Number(attributes['r'])
    } else if (name === 'c') {
      at = attributes['r'] === undefined ? at + 1 : columnOf(attributes['r'])
      type = attributes['t'] ?? 'n'
      text = ''
    } else if (name === 'v' || name === 't') taking = true
  })
  parser.on('text', (part) => {
    if (taking) text += part
  })
  parser.on('closetag', ({ name }) => {
    if (name === 'v' || name === 't') taking = false
    else if (name === 'c' && at >= 0 && at < 16_384) {
      while (row.length < at) row.push(null)
      row[at] =
        type === 's'
          ? (shared[Number(text)] ?? null)
          : type === 'n'
            ? text === ''
              ? null
              : Number(text)
            : text
    } else if (name === 'row' && row.length > 0) {
      batch.cells.push(row)
      batch.lines.push(line)
    }
  })
  const decoder = new TextDecoder()
  for await (const chunk of await archive.read(sheet)) {
    parser.write(decoder.decode(chunk, { stream: true }))
    if (batch.cells.length === 0) continue
    yield batch
    batch = { cells: [], lines: [] }
  }
  parser.close()
}

export const openXlsx: Opener = async (path) => {
  const archive = await openArchive(path)
  const sheet = [...archive.entries.keys()]
    .filter((name) => /^xl\/worksheets\/[^/]+\.xml$/.test(name))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  if (sheet.length === 0)
    throw new ContorError('invalid-request', 'The workbook has no sheet', { field: 'file' })
  const shared = await sharedTexts(archive)
  let header: string[] = []
  for await (const batch of sheetRows(archive, sheet[0], shared)) {
    header = batch.cells[0].map((cell) => `${cell ?? ''}`)
    break
  }
  // Further sheets carry on with the same columns; their lines count on, 2^20 a sheet.
  async function* rows(): AsyncGenerator<RowBatch> {
    try {
      for (const [number, name] of sheet.entries())
        for await (const batch of sheetRows(archive, name, shared)) {
          const first = batch.lines[0] === 1 ? 1 : 0
          yield {
            cells: batch.cells.slice(first),
            lines: batch.lines.slice(first).map((line) => line + number * 1_048_576),
          }
        }
    } finally {
      archive.close()
    }
  }
  return { header, decimal: '.', rows: rows() }
}
