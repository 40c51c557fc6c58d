// XML files: our own schema, MeterReadings of IEC 61968-9 (bare or in a message), Green Button feeds. Each becomes
// rows of one value: point, channel with unit, instant, value, quality.
import { createReadStream } from 'node:fs'
import { SaxesParser } from 'saxes'
import { channelOf, channelOfReadingType, stateOfQuality } from '../cim/readingType.ts'
import { type Cell, energyHeader } from '../table/columns.ts'
import type { Opener, RowBatch } from './tables.ts'

const header = ['pod', 'channel', 'start', 'end', 'value', 'quality', 'flags']
const maxPending = 100_000

type Row = {
  pod: string
  channel: string
  start: Cell
  end: Cell
  value: string
  quality: string
  flags?: string
  line: number
}
type Attributes = Readonly<Record<string, string>>

/** What a dialect does with elements; names are without prefix, `path` ends with the element itself. */
interface Dialect {
  open?(name: string, attributes: Attributes, line: number): void
  close(name: string, text: string, path: readonly string[]): void
}
type Emit = (row: Row) => void

/** The channel with its unit, as a cell of a table says it; a reason stays a reason, and is rejected as one. */
function unitsOf(found: ReturnType<typeof channelOfReadingType>): string {
  if (typeof found === 'string') return found
  const header = energyHeader(found.channel, found.factor === 1 ? 'Wh' : 'kWh')
  return found.factor === 1_000_000 ? header.replace('[k', '[M') : header
}

function ownDialect(emit: Emit): Dialect {
  let pod = ''
  let interval: Attributes = {}
  let value: Attributes = {}
  let at = 0
  return {
    open(name, attributes, line) {
      if (name === 'point') pod = attributes['pod'] ?? ''
      else if (name === 'interval') interval = attributes
      else if (name === 'value') {
        value = attributes
        at = line
      }
    },
    close(name, text) {
      if (name !== 'value' || value['quality'] === 'missing') return
      const unit = value['unit'] ?? ''
      emit({
        pod,
        channel: unit ? `${value['channel']} [${unit}]` : `${value['channel']}`,
        start: interval['start'] ?? null,
        end: interval['end'] ?? null,
        value: text,
        quality: value['quality'] ?? '',
        flags: (value['flags'] ?? '').replaceAll(' ', '+'),
        line: at,
      })
    },
  }
}

function cimDialect(emit: Emit): Dialect {
  // The point and the reading type stand after the readings that they are of: held until the MeterReading closes.
  let pod = ''
  let block: Row[] = []
  let held: Row[] = []
  let reading: Row | undefined
  let type = ''
  const fresh = (line: number): Row => ({
    pod: '',
    channel: '',
    start: null,
    end: null,
    value: '',
    quality: '',
    line,
  })
  return {
    open(name, attributes, line) {
      if (name === 'MeterReading') {
        pod = ''
        held = []
      } else if (name === 'IntervalBlocks') {
        block = []
        type = ''
      } else if (name === 'IntervalReadings') reading = fresh(line)
      else if (name === 'ReadingType' && attributes['ref']) type = attributes['ref']
      else if (name === 'ReadingQualityType' && reading)
        reading.quality = stateOfQuality(attributes['ref'] ?? '')
    },
    close(name, text, path) {
      const parent = path[path.length - 2]
      if (reading && parent === 'IntervalReadings') {
        if (name === 'timeStamp') reading.end = text
        else if (name === 'value') reading.value = text
      }
      if (name === 'IntervalReadings' && reading) {
        block.push(reading)
        reading = undefined
        if (block.length + held.length > maxPending)
          throw new RangeError('a MeterReading of more than 100,000 values')
      } else if (name === 'IntervalBlocks') {
        const channel = unitsOf(channelOfReadingType(type))
        for (const row of block) held.push({ ...row, channel })
      } else if (
        (name === 'name' && parent === 'Names' && path.includes('UsagePoint')) ||
        (name === 'mRID' && parent === 'UsagePoint' && pod === '')
      )
        pod = text
      else if (name === 'MeterReading') for (const row of held) emit({ ...row, pod })
    },
  }
}

function espiDialect(emit: Emit): Dialect {
  const types = new Map<string, { direction: number; unit: number; multiplier: number }>()
  const typeOfReading = new Map<string, string>()
  const pods = new Map<string, string>()
  let self = ''
  let up = ''
  let title = ''
  let related: string[] = []
  let kind = ''
  let rows: Row[] = []
  let row: Row | undefined
  let duration = 0
  let type = { direction: 0, unit: 0, multiplier: 0 }
  return {
    open(name, attributes, line) {
      if (name === 'entry') {
        self = up = title = kind = ''
        related = []
        rows = []
      } else if (name === 'link') {
        const href = attributes['href'] ?? ''
        if (attributes['rel'] === 'self') self = href
        else if (attributes['rel'] === 'up') up = href
        else related.push(href)
      } else if (
        name === 'UsagePoint' ||
        name === 'MeterReading' ||
        name === 'IntervalBlock' ||
        name === 'ReadingType'
      ) {
        kind = name
        if (name === 'ReadingType') type = { direction: 0, unit: 0, multiplier: 0 }
      } else if (name === 'IntervalReading')
        row = { pod: '', channel: '', start: null, end: null, value: '', quality: 'measured', line }
    },
    close(name, text, path) {
      const parent = path[path.length - 2]
      if (name === 'title' && parent === 'entry') title = text
      else if (parent === 'ReadingType') {
        if (name === 'flowDirection') type.direction = Number(text)
        else if (name === 'uom') type.unit = Number(text)
        else if (name === 'powerOfTenMultiplier') type.multiplier = Number(text)
      } else if (row && name === 'start') row.start = new Date(Number(text) * 1_000)
      else if (row && name === 'duration') duration = Number(text)
      else if (row && name === 'value') row.value = text
      else if (row && name === 'quality')
        row.quality = text === '8' || text === '9' ? 'estimated' : text === '7' ? 'edited' : 'measured'
      if (name === 'IntervalReading' && row) {
        if (row.start instanceof Date) row.end = new Date(row.start.getTime() + duration * 1_000)
        rows.push(row)
        row = undefined
      }
      if (name !== 'entry') return
      if (kind === 'UsagePoint') pods.set(self, title)
      else if (kind === 'ReadingType') types.set(self, type)
      else if (kind === 'MeterReading')
        typeOfReading.set(self, related.find((href) => href.includes('/ReadingType/')) ?? '')
      else if (kind === 'IntervalBlock') {
        const reading = up.replace(/\/IntervalBlock$/, '')
        const of = types.get(typeOfReading.get(reading) ?? '')
        const channel = of
          ? unitsOf(channelOf(of.direction, of.unit, of.multiplier))
          : 'no ReadingType before this IntervalBlock'
        const pod = pods.get(reading.replace(/\/MeterReading\/[^/]*$/, '')) ?? ''
        for (const found of rows) emit({ ...found, channel, pod })
      }
    },
  }
}

const dialects: Readonly<Record<string, (emit: Emit) => Dialect>> = {
  readings: ownDialect,
  MeterReadings: cimDialect,
  feed: espiDialect,
}

/** Values of an XML document as rows. @throws Error for text that is not well-formed or of no known schema */
export async function* xmlRows(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<RowBatch> {
  let batch: { cells: Cell[][]; lines: number[] } = { cells: [], lines: [] }
  let dialect: Dialect | undefined
  let text = ''
  const path: string[] = []
  const parser = new SaxesParser()
  const emit: Emit = (row) => {
    batch.cells.push([row.pod, row.channel, row.start, row.end, row.value, row.quality, row.flags ?? ''])
    batch.lines.push(row.line)
  }
  const plain = (name: string) => name.slice(name.indexOf(':') + 1)
  parser.on('opentag', (tag) => {
    const name = plain(tag.name)
    path.push(name)
    text = ''
    dialect ??= dialects[name]?.(emit)
    dialect?.open?.(name, tag.attributes as Attributes, parser.line)
  })
  parser.on('text', (part) => {
    text += part
  })
  parser.on('closetag', (tag) => {
    dialect?.close(plain(tag.name), text.trim(), path)
    path.pop()
    text = ''
  })
  parser.on('doctype', () => {
    throw new RangeError('a document type declaration is not taken')
  })
  const decoder = new TextDecoder()
  for await (const chunk of chunks) {
    parser.write(decoder.decode(chunk, { stream: true }))
    if (batch.cells.length === 0) continue
    yield batch
    batch = { cells: [], lines: [] }
  }
  parser.close()
  if (!dialect) throw new RangeError('none of readings, MeterReadings, feed is in this document')
  if (batch.cells.length > 0) yield batch
}

export const openXml: Opener = async (path) => ({
  header,
  decimal: '.',
  rows: xmlRows(createReadStream(path, { highWaterMark: 128 * 1024 })),
})
