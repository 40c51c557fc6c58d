// MeterReadings of IEC 61968-9: interval blocks of a usage point, one for each channel.

import { escapeXml } from '../../../platform/index.ts'
import type { ExportRequest, Slice } from '../export/slices.ts'
import { civilStamp } from '../table/values.ts'
import { qualityCode, readingTypeOf } from './readingType.ts'

const meterReadingsNamespace = 'http://iec.ch/TC57/2011/MeterReadings#'

/** One MeterReading element; the time stamp of an interval is its END (IEC 61968-9, 5.3.6). */
function meterReading(slice: Slice): string {
  let text = '<MeterReading>'
  if (slice.start.length > 0)
    text += `<valuesInterval><end>${civilStamp(slice.end[slice.end.length - 1])}</end><start>${civilStamp(slice.start[0])}</start></valuesInterval>`
  for (const { channel, value, quality } of slice.channels) {
    text += '<IntervalBlocks>'
    for (let i = 0; i < value.length; i++) {
      if (value[i] === null) continue
      text += `<IntervalReadings><timeStamp>${civilStamp(slice.end[i])}</timeStamp><value>${value[i]}</value><ReadingQualities><ReadingQualityType ref="${qualityCode[quality[i]]}"/></ReadingQualities></IntervalReadings>`
    }
    text += `<ReadingType ref="${readingTypeOf(channel)}"/></IntervalBlocks>\n`
  }
  return `${text}<UsagePoint><Names><name>${escapeXml(slice.pod)}</name><NameType><name>POD</name></NameType></Names></UsagePoint></MeterReading>\n`
}

/** The message as a stream; always quarter-hours. */
export async function* writeMeterReadings(
  slices: AsyncIterable<Slice>,
  _request?: ExportRequest,
): AsyncGenerator<string> {
  yield `<MeterReadings xmlns="${meterReadingsNamespace}">\n`
  for await (const slice of slices) yield meterReading(slice)
  yield '</MeterReadings>\n'
}
