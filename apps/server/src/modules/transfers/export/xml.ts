// Readings as XML of a schema of our own (schema/readings.xsd).
import { flagsOf } from '@contor/intervals'
import { escapeXml } from '../../../platform/index.ts'
import { civilStamp } from '../table/values.ts'
import type { ExportRequest, Slice } from './slices.ts'

const readingsNamespace = 'urn:contor:readings:1'

/** `<readings><point pod><interval start end><value channel unit quality [flags] [method]>Wh</value>…`; energies are whole Wh or varh. */
export async function* writeXml(
  slices: AsyncIterable<Slice>,
  request: ExportRequest,
): AsyncGenerator<string> {
  yield `<?xml version="1.0" encoding="UTF-8"?>\n<readings xmlns="${readingsNamespace}" from="${request.from}" to="${request.to}" resolution="${request.resolution}">\n`
  for await (const slice of slices) {
    let text = `<point pod="${escapeXml(slice.pod)}">\n`
    for (let i = 0; i < slice.start.length; i++) {
      text += `<interval start="${civilStamp(slice.start[i])}" end="${civilStamp(slice.end[i])}">`
      for (const { channel, value, quality, flags, method } of slice.channels) {
        const unit = channel.startsWith('A') ? 'Wh' : 'varh'
        text += `<value channel="${channel}" unit="${unit}" quality="${quality[i]}"${marksOf(flags[i])}${methodOf(method?.[i])}>${value[i] ?? ''}</value>`
      }
      text += '</interval>\n'
    }
    yield `${text}</point>\n`
  }
  yield '</readings>\n'
}

// A list of names, as XML Schema writes lists.
const marksOf = (byte: number) => {
  const names = flagsOf(byte)
  return names.length > 0 ? ` flags="${names.join(' ')}"` : ''
}
const methodOf = (method: string | null | undefined) => (method ? ` method="${escapeXml(method)}"` : '')
