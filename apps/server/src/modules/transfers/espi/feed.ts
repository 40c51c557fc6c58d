// Green Button (NAESB REQ.21 ESPI 4.0): an Atom feed of usage points, their reading types and interval blocks.
import { createHash } from 'node:crypto'
import { escapeXml } from '../../../platform/index.ts'
import { flowDirection, unitSymbol } from '../cim/readingType.ts'
import type { ExportRequest, Slice } from '../export/slices.ts'

const seconds = { '15m': 900, '1h': 3_600, '1d': 86_400, '1mo': 0 } as const
/** QualityOfReading of ESPI: valid, estimated from history, replaced by a human, mixed. */
const qualities = { measured: 0, estimated: 8, edited: 7, mixed: 13, missing: 10 } as const

// Stable names: the same resource has the same id in every download.
function uuid(text: string): string {
  const hex = createHash('sha256').update(`contor:${text}`).digest('hex')
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

interface Entry {
  readonly href: string
  readonly kind: string
  readonly title: string
  readonly related?: readonly (readonly [href: string, kind: string])[]
  readonly content: string
}

function entry({ href, kind, title, related = [], content }: Entry, updated: string): string {
  const up = href.slice(0, href.lastIndexOf('/'))
  return `<entry><id>${uuid(href)}</id><link rel="self" href="${href}" type="espi-entry/${kind}"/><link rel="up" href="${up}" type="espi-feed/${kind}"/>${related
    .map(([to, type]) => `<link rel="related" href="${to}" type="${type}"/>`)
    .join(
      '',
    )}<title>${escapeXml(title)}</title><content type="application/xml">${content}</content><published>${updated}</published><updated>${updated}</updated></entry>\n`
}

/**
 * The feed as a stream. The title of a UsagePoint is the code of the point. Days and months have the length that
 * they have in civil time.
 */
export async function* writeEspi(
  slices: AsyncIterable<Slice>,
  request: ExportRequest,
): AsyncGenerator<string> {
  const updated = new Date().toISOString().replace(/\.\d+Z/, 'Z')
  yield `<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xmlns:espi="http://naesb.org/espi"><id>${uuid(`feed ${request.from} ${request.to} ${updated}`)}</id><title>Contor ${request.from} … ${request.to}</title><updated>${updated}</updated><link rel="self" href="/espi/1_1/resource/Batch/Subscription/contor"/>\n`
  yield entry(
    {
      href: '/espi/1_1/resource/LocalTimeParameters/1',
      kind: 'LocalTimeParameters',
      title: 'Europe/Bucharest',
      // Last Sunday of October at 04:00 and of March at 03:00, local time (ESPI, DstRuleType).
      content:
        '<espi:LocalTimeParameters><espi:dstEndRule>A0EE4000</espi:dstEndRule><espi:dstOffset>3600</espi:dstOffset><espi:dstStartRule>30EE3000</espi:dstStartRule><espi:tzOffset>7200</espi:tzOffset></espi:LocalTimeParameters>',
    },
    updated,
  )
  for (const channel of request.channels)
    yield entry(
      {
        href: typeHref(channel),
        kind: 'ReadingType',
        title: channel,
        content: `<espi:ReadingType><espi:accumulationBehaviour>4</espi:accumulationBehaviour><espi:commodity>1</espi:commodity><espi:flowDirection>${flowDirection[channel]}</espi:flowDirection><espi:intervalLength>${seconds[request.resolution]}</espi:intervalLength><espi:kind>12</espi:kind><espi:powerOfTenMultiplier>0</espi:powerOfTenMultiplier><espi:uom>${unitSymbol(channel)}</espi:uom></espi:ReadingType>`,
      },
      updated,
    )
  let last = ''
  for await (const slice of slices) {
    const point = `/espi/1_1/resource/Subscription/contor/UsagePoint/${slice.id}`
    const readingHref = (channel: string) => `${point}/MeterReading/${encodeURIComponent(channel)}`
    if (slice.id !== last) {
      last = slice.id
      yield entry(
        {
          href: point,
          kind: 'UsagePoint',
          title: slice.pod,
          related: [
            ...slice.channels.map(
              ({ channel }) => [readingHref(channel), 'espi-entry/MeterReading'] as const,
            ),
            ['/espi/1_1/resource/LocalTimeParameters/1', 'espi-entry/LocalTimeParameters'],
          ],
          content:
            '<espi:UsagePoint><espi:ServiceCategory><espi:kind>0</espi:kind></espi:ServiceCategory><espi:status>1</espi:status></espi:UsagePoint>',
        },
        updated,
      )
      for (const { channel } of slice.channels)
        yield entry(
          {
            href: readingHref(channel),
            kind: 'MeterReading',
            title: channel,
            related: [
              [typeHref(channel), 'espi-entry/ReadingType'],
              [`${readingHref(channel)}/IntervalBlock`, 'espi-feed/IntervalBlock'],
            ],
            content: '<espi:MeterReading/>',
          },
          updated,
        )
    }
    for (const { channel, value, quality } of slice.channels) {
      const first = slice.start[0]
      if (first === undefined) continue
      let readings = ''
      for (let i = 0; i < value.length; i++) {
        if (value[i] === null) continue
        readings += `<espi:IntervalReading><espi:ReadingQuality><espi:quality>${qualities[quality[i]]}</espi:quality></espi:ReadingQuality><espi:timePeriod><espi:duration>${(slice.end[i] - slice.start[i]) / 1_000}</espi:duration><espi:start>${slice.start[i] / 1_000}</espi:start></espi:timePeriod><espi:value>${value[i]}</espi:value></espi:IntervalReading>`
      }
      const length = (slice.end[slice.end.length - 1] - first) / 1_000
      yield entry(
        {
          href: `${readingHref(channel)}/IntervalBlock/${first / 1_000}`,
          kind: 'IntervalBlock',
          title: '',
          content: `<espi:IntervalBlock><espi:interval><espi:duration>${length}</espi:duration><espi:start>${first / 1_000}</espi:start></espi:interval>${readings}</espi:IntervalBlock>`,
        },
        updated,
      )
    }
  }
  yield '</feed>\n'
}

const typeHref = (channel: string) => `/espi/1_1/resource/ReadingType/${encodeURIComponent(channel)}`
