// A-XDR encoded Data (Green Book 9.5, IEC 61334-6), as a tree with a place for every element.

import { dateText, dateTimeText, timeText } from './dateText.ts'
import type { Layer } from './layer.ts'
import { hexOf, type TreeNode } from './tree.ts'

const names: Readonly<Record<number, string>> = {
  0: 'null-data',
  1: 'array',
  2: 'structure',
  3: 'boolean',
  4: 'bit-string',
  5: 'double-long',
  6: 'double-long-unsigned',
  9: 'octet-string',
  10: 'visible-string',
  12: 'utf8-string',
  13: 'bcd',
  15: 'integer',
  16: 'long',
  17: 'unsigned',
  18: 'long-unsigned',
  19: 'compact-array',
  20: 'long64',
  21: 'long64-unsigned',
  22: 'enum',
  23: 'float32',
  24: 'float64',
  25: 'date-time',
  26: 'date',
  27: 'time',
  28: 'delta-integer',
  29: 'delta-long',
  30: 'delta-double-long',
  31: 'delta-unsigned',
  32: 'delta-long-unsigned',
  33: 'delta-double-long-unsigned',
  255: 'dont-care',
}

/** Octets of the types whose size is fixed. */
const sizes: Readonly<Record<number, number>> = {
  3: 1,
  5: 4,
  6: 4,
  13: 1,
  15: 1,
  16: 2,
  17: 1,
  18: 2,
  20: 8,
  21: 8,
  22: 1,
  23: 4,
  24: 8,
  25: 12,
  26: 5,
  27: 4,
  28: 1,
  29: 2,
  30: 4,
  31: 1,
  32: 2,
  33: 4,
}

const latin1 = new TextDecoder('latin1')
const utf8 = new TextDecoder()

const arrayTag = 1
const structureTag = 2
const octetStringTag = 9
const compactArrayTag = 19

/** Reads one Data with its tag. */
export function walkData(layer: Layer, name: string, depth = 0): TreeNode {
  return layer.group(name, (node) => {
    const at = layer.position
    layer.need(1, 'data tag')
    const tag = layer.bytes[layer.position++] as number
    walkTagged(layer, node, tag, depth, at)
    return node
  })
}

function walkTagged(layer: Layer, node: TreeNode, tag: number, depth: number, at: number): void {
  const type = names[tag]
  if (type === undefined) layer.fail('data-tag', `unknown data tag ${tag}`, at)
  node.type = type
  if (tag === arrayTag || tag === structureTag) {
    const count = layer.length(type)
    enter(layer, depth, at)
    for (let i = 0; i < count; i++) walkElement(layer, tag, count, i, depth + 1)
    node.children ??= []
  } else if (tag === compactArrayTag) {
    enter(layer, depth, at)
    walkCompactArray(layer, depth + 1)
  } else {
    walkValue(layer, node, tag)
  }
}

function walkElement(layer: Layer, parentTag: number, count: number, index: number, depth: number): void {
  const name = String(index + 1)
  const first = parentTag === structureTag && index === 0
  if (first && (count === 2 || count === 3) && hasSwappedObisTag(layer)) swappedObisTag(layer, name)
  else if (first && count === 2 && hasUntaggedDescriptor(layer)) untaggedDescriptor(layer, name)
  else walkData(layer, name, depth)
}

/** Some firmware sends `06 09` for `09 06` in front of a logical name; 06 09 a b c d is then no number. */
function hasSwappedObisTag(layer: Layer): boolean {
  return (
    layer.peek() === 0x06 &&
    layer.peek(1) === 0x09 &&
    layer.peek(7) === 0xff &&
    names[layer.peek(5)] === undefined &&
    names[layer.peek(8)] !== undefined
  )
}

function swappedObisTag(layer: Layer, name: string): void {
  layer.group(name, (node) => {
    layer.position += 2
    node.type = 'octet-string'
    node.value = hexOf(layer.take(6, 'logical name'))
    node.note = layer.say('swappedObisTag')
  })
}

/** Meters of one network push `structure { class-id, instance-id, attribute-id, value }` with the descriptor untagged. */
function hasUntaggedDescriptor(layer: Layer): boolean {
  const attribute = layer.peek(8)
  return (
    layer.peek() === 0x00 &&
    layer.peek(1) > 0 &&
    layer.peek(7) === 0xff &&
    attribute >= 1 &&
    attribute <= 32 &&
    names[layer.peek(9)] !== undefined
  )
}

function untaggedDescriptor(layer: Layer, name: string): void {
  layer.group(
    name,
    () => {
      layer.u16('class-id')
      const instance = layer.take(6, 'instance-id')
      layer.add('instance-id', layer.position - 6, 6, { type: 'octet-string', value: hexOf(instance) })
      layer.i8('attribute-id')
    },
    { type: 'cosem-attribute-descriptor', note: layer.say('untaggedDescriptor') },
  )
}

/** Reads the contents of a value that is neither array nor structure, after its tag. */
function walkValue(layer: Layer, node: TreeNode, tag: number): void {
  const { bytes } = layer
  const size = sizes[tag]
  if (size !== undefined) {
    const at = layer.position
    layer.take(size, names[tag] as string)
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, size)
    fixedValue(layer, node, tag, view)
    return
  }
  switch (tag) {
    case 0:
    case 255:
      node.value = null
      return
    case 4: {
      const bits = bitLength(layer)
      const octets = layer.take(Math.ceil(bits / 8), 'bit-string')
      node.value = [...octets]
        .map((octet) => octet.toString(2).padStart(8, '0'))
        .join('')
        .slice(0, bits)
      return
    }
    case octetStringTag:
      node.value = hexOf(layer.take(layer.length('octet-string'), 'octet-string'))
      return
    case 10:
      node.value = latin1.decode(layer.take(layer.length('visible-string'), 'visible-string'))
      return
    default:
      node.value = utf8.decode(layer.take(layer.length('utf8-string'), 'utf8-string'))
  }
}

function bitLength(layer: Layer): number {
  const at = layer.position
  const first = layer.peek()
  let bits = 0
  if (first >= 0 && first < 0x80) bits = layer.take(1, 'bit-string')[0] as number
  else {
    const count = first & 0x7f
    if (first < 0 || count === 0 || count > 4) layer.fail('length', 'bit-string length is wrong', at)
    layer.position++
    for (const octet of layer.take(count, 'bit-string length')) bits = bits * 256 + octet
  }
  if (Math.ceil(bits / 8) > layer.remaining) layer.fail('truncated', `bit-string of ${bits} bits`, at)
  return bits
}

function fixedValue(layer: Layer, node: TreeNode, tag: number, view: DataView): void {
  const octets = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
  switch (tag) {
    case 3:
      node.value = view.getUint8(0) !== 0
      return
    case 5:
    case 30:
      node.value = view.getInt32(0)
      return
    case 6:
    case 33:
      node.value = view.getUint32(0)
      return
    case 13:
      node.value = view.getUint8(0)
      node.text = hexOf(octets)
      return
    case 15:
    case 28:
      node.value = view.getInt8(0)
      return
    case 16:
    case 29:
      node.value = view.getInt16(0)
      return
    case 18:
    case 32:
      node.value = view.getUint16(0)
      return
    case 20:
      node.value = safe(view.getBigInt64(0))
      return
    case 21:
      node.value = safe(view.getBigUint64(0))
      return
    case 23:
      node.value = finite(view.getFloat32(0))
      return
    case 24:
      node.value = finite(view.getFloat64(0))
      return
    case 25:
      node.value = hexOf(octets)
      node.text = dateTimeText(octets, layer.state.language)
      return
    case 26:
      node.value = hexOf(octets)
      node.text = dateText(octets)
      return
    case 27:
      node.value = hexOf(octets)
      node.text = timeText(octets)
      return
    default:
      node.value = view.getUint8(0)
  }
}

type Description = { tag: number; count: number; of: Description[] }

/** Green Book 9.5, compact-array: one type description, then the elements without tags. */
function walkCompactArray(layer: Layer, depth: number): void {
  const description = layer.group('contents-description', () => describe(layer, depth))
  const length = layer.length('compact-array')
  const end = layer.position + length
  layer.group('array-contents', () => {
    for (let index = 1; layer.position < end; index++) {
      const before = layer.position
      walkDescribed(layer, String(index), description, depth)
      if (layer.position === before) layer.fail('compact-array', 'elements of a compact-array have no octets')
      if (layer.position > end) layer.fail('compact-array', 'an element runs past the compact-array', before)
    }
  })
}

function describe(layer: Layer, depth: number): Description {
  enter(layer, depth, layer.position)
  const at = layer.position
  const tag = layer.u8('type', (value) => names[value])
  if (names[tag] === undefined || tag === compactArrayTag)
    layer.fail('data-tag', `type ${tag} in a description`, at)
  if (tag === arrayTag) {
    const count = layer.u16('number-of-elements')
    return { tag, count, of: [describe(layer, depth + 1)] }
  }
  if (tag === structureTag) {
    const count = layer.length('structure')
    const of = Array.from({ length: count }, () => describe(layer, depth + 1))
    return { tag, count, of }
  }
  return { tag, count: 0, of: [] }
}

function walkDescribed(layer: Layer, name: string, description: Description, depth: number): void {
  layer.group(name, (node) => {
    const { tag, count, of } = description
    node.type = names[tag] as string
    if (tag === arrayTag || tag === structureTag) {
      enter(layer, depth, layer.position)
      for (let i = 0; i < count; i++) {
        walkDescribed(layer, String(i + 1), (tag === arrayTag ? of[0] : of[i]) as Description, depth + 1)
      }
    } else {
      walkValue(layer, node, tag)
    }
  })
}

function enter(layer: Layer, depth: number, at: number): void {
  if (depth >= layer.state.limits.maxDepth) layer.fail('too-deep', 'data are nested too deeply', at)
}

function safe(value: bigint): number | string {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value.toString()
}

function finite(value: number): number | string {
  return Number.isFinite(value) ? value : String(value)
}
