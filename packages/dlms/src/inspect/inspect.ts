import type { CryptoProvider } from '../crypto.ts'
import type { Malformed } from '../parse.ts'
import { walkApdu } from './apdu.ts'
import { HdlcWalker } from './hdlc.ts'
import { Layer } from './layer.ts'
import { walkPayload } from './link.ts'
import { MbusWalker } from './mbus.ts'
import { isBareHdlc, type Protocol, recognise } from './recognise.ts'
import { piecesOf, redact } from './secrets.ts'
import {
  attempt,
  defaultInspectLimits,
  type Inspection,
  type InspectKeys,
  type InspectLimits,
} from './state.ts'
import type { Language } from './texts.ts'
import type { TreeNode } from './tree.ts'
import { walkWrapper } from './wrapper.ts'

export type InspectOptions = {
  readonly keys?: InspectKeys
  /** Without it nothing is deciphered. */
  readonly crypto?: CryptoProvider
  /** Language of names and remarks; Romanian by default. */
  readonly language?: Language
  /** Overrides recognition. */
  readonly protocol?: Protocol
  readonly limits?: Partial<InspectLimits>
  /**
   * Hides passwords and keys that the message carries (true by default): no value shows them, and layers
   * that hold them get `hex` with `xx` in their place, the items given included.
   */
  readonly redact?: boolean
}

export type InspectResult = {
  /** Every octet was understood and every check sequence matches. */
  readonly ok: boolean
  readonly protocol: Protocol
  /** What was understood, also when not ok. */
  readonly tree: TreeNode
  /** The first fault; its offset lies in the layer of the node that carries it. */
  readonly error?: Malformed
}

/**
 * Takes a message apart: wrapper, HDLC, M-Bus, LLC or bare APDU, down to named values.
 * Several items are one conversation: segments and blocks join across them, and a response is named
 * after the request before it. Never throws on any bytes; keys never appear in the result.
 */
export function inspect(
  input: Uint8Array | readonly Uint8Array[],
  options: InspectOptions = {},
): InspectResult {
  const items = input instanceof Uint8Array ? [input] : input
  const state = newState(options)
  const size = items.reduce((sum, item) => sum + item.length, 0)
  const root: TreeNode = { name: 'message', offset: 0, length: size }
  const protocol = options.protocol ?? protocolOf(items)
  const fault = (error: Malformed): InspectResult => {
    root.error = error
    return { ok: false, protocol, tree: root, error }
  }
  if (size === 0) return fault({ code: 'empty', message: 'there are no octets', offset: 0 })
  if (size > state.limits.maxInput) {
    return fault({ code: 'too-large', message: `more than ${state.limits.maxInput} octets`, offset: 0 })
  }
  const keyFault = faultOfKeys(state.keys)
  if (keyFault) return fault(keyFault)
  if (!protocol.startsWith('dlms-')) return fault(unsupported(protocol))
  const walker = walkerOf(protocol, state)
  let last: Layer | undefined
  items.forEach((item, index) => {
    const node: TreeNode =
      items.length === 1 ? root : { name: `frame ${index + 1}`, offset: 0, length: item.length }
    if (node !== root) root.children = [...(root.children ?? []), node]
    last = new Layer(state, item, node)
    state.spaces.push({ bytes: item, node, pieces: [], hidden: [] })
    attempt(state, node, () => walker.walk(last as Layer))
  })
  if (last) attempt(state, last.node, () => walker.finish?.(last as Layer))
  for (const [key, collected] of state.blocks) {
    if (key.startsWith('gbt')) {
      state.error ??= {
        code: 'incomplete',
        message: `general block transfer stops after block ${collected.next - 1}`,
        offset: last?.end ?? 0,
      }
    }
  }
  redact(state)
  root.type = protocol
  if (walker.foreign?.()) return fault(unsupported('mbus'))
  return state.error
    ? { ok: false, protocol, tree: root, error: state.error }
    : { ok: true, protocol, tree: root }
}

type Walker = {
  walk(layer: Layer): void
  finish?(layer: Layer): void
  foreign?(): boolean
}

function walkerOf(protocol: Protocol, state: Inspection): Walker {
  switch (protocol) {
    case 'dlms-wrapper':
      return { walk: walkWrapper }
    case 'dlms-mbus': {
      const mbus = new MbusWalker(state)
      return {
        walk: (layer) => mbus.walk(layer),
        finish: (layer) => mbus.finish(layer),
        foreign: () => mbus.otherApplication,
      }
    }
    case 'dlms-hdlc': {
      const hdlc = new HdlcWalker(state)
      return {
        walk: (layer) => (isBareHdlc(layer.bytes) ? bareFrame(hdlc, layer) : hdlc.walk(layer)),
        finish: (layer) => hdlc.finish(layer),
      }
    }
    default:
      return { walk: (layer) => walkPayload(layer, true) }
  }
}

const empty = new Uint8Array(0)

/** A frame recorded without its flags gets them back, as a layer of its own. */
function bareFrame(walker: HdlcWalker, layer: Layer): void {
  const framed = new Uint8Array(layer.bytes.length + 2).fill(0x7e)
  framed.set(layer.bytes, 1)
  const pieces = [{ length: 1, source: empty }, ...piecesOf([layer.bytes])]
  layer.inner('flags-restored', framed, (whole) => walker.walk(whole), {}, pieces)
}

function protocolOf(items: readonly Uint8Array[]): Protocol {
  for (const item of items) {
    const protocol = recognise(item)
    if (protocol !== 'unknown') return protocol
  }
  return 'unknown'
}

function unsupported(protocol: Protocol): Malformed {
  const message =
    protocol === 'unknown'
      ? 'no protocol was recognised'
      : `recognised as ${protocol}, which is not DLMS/COSEM`
  return { code: protocol === 'unknown' ? 'unrecognised' : 'unsupported-protocol', message, offset: 0 }
}

function faultOfKeys(keys: InspectKeys): Malformed | undefined {
  for (const [name, key] of [
    ['encryption', keys.encryption],
    ['authentication', keys.authentication],
    ['dedicated', keys.dedicated],
    ['master', keys.master],
  ] as const) {
    if (key && key.length !== 16 && key.length !== 32) {
      return { code: 'key', message: `the ${name} key must have 16 or 32 octets`, offset: 0 }
    }
  }
  if (keys.systemTitle && keys.systemTitle.length !== 8) {
    return { code: 'key', message: 'the system title must have 8 octets', offset: 0 }
  }
  return undefined
}

function newState(options: InspectOptions): Inspection {
  return {
    language: options.language ?? 'ro',
    limits: { ...defaultInspectLimits, ...options.limits },
    keys: options.keys ?? {},
    crypto: options.crypto,
    apdu: walkApdu,
    titles: {},
    blocks: new Map(),
    requested: new Map(),
    secretTransfers: new Set(),
    redact: options.redact ?? true,
    spaces: [],
    dedicatedKey: undefined,
    mechanism: undefined,
    channel: '',
    nodes: 0,
    layers: 0,
    error: undefined,
  }
}
