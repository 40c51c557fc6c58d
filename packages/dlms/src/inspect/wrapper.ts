import { decodeWrapperFrame, wrapperHeaderLength } from '../wrapper/index.ts'
import type { Layer } from './layer.ts'
import { walkPayload } from './link.ts'
import { attempt } from './state.ts'

/** Reads one or several WPDUs in a row. */
export function walkWrapper(layer: Layer): void {
  while (layer.remaining > 0) {
    const start = layer.position
    const frame = decodeWrapperFrame(layer.bytes.subarray(0, layer.end), start)
    if (frame.kind === 'malformed') {
      layer.add('wrapper', start, layer.remaining, { error: frame.error })
      layer.state.error ??= frame.error
      layer.position = layer.end
      return
    }
    const close = frame.kind === 'ok' ? frame.next : layer.end
    layer.group('wrapper', (node) => {
      attempt(layer.state, node, () => layer.within(close, () => wrapperFrame(layer)))
      layer.position = close
    })
  }
}

function wrapperFrame(layer: Layer): void {
  const start = layer.position
  layer.u16('version')
  const source = layer.u16('source-wport')
  const destination = layer.u16('destination-wport')
  const length = layer.u16('length')
  layer.state.channel = `${source}>${destination}`
  const payload = () => walkPayload(layer, true)
  if (length > layer.remaining) {
    const left = layer.remaining
    attempt(layer.state, layer.node, payload)
    // That the frame is cut short explains any fault inside it.
    const at = start + wrapperHeaderLength - 2
    layer.state.error = undefined
    layer.fail('truncated', `wrapper length is ${length}, ${left} octets are there`, at)
  }
  payload()
}
