// Ciphered APDUs (Green Book 9.2.7): security control, invocation counter, ciphertext and tag.
// Inspection differs from a session: it shows a message whose tag it cannot verify, and says so.

import type { CryptoProvider } from '../crypto.ts'
import type { Layer } from './layer.ts'
import { optionalTime } from './other.ts'
import { piecesOf } from './secrets.ts'
import type { Inspection, Party } from './state.ts'
import { say, type TextKey } from './texts.ts'
import { hexOf, type TreeNode } from './tree.ts'

const authenticated = 0x10
const encrypted = 0x20
const broadcastKey = 0x40
const compressed = 0x80
const tagLength = 12
const empty = new Uint8Array(0)

/** glo- and ded- APDUs after their tag: the sender is known only from the association or the keys given. */
export function serviceCiphering(layer: Layer, party: Party, dedicated: boolean): void {
  const length = layer.length('ciphered-service')
  const title = layer.state.titles[party] ?? layer.state.keys.systemTitle
  secured(layer, length, title, dedicated)
}

/** general-glo-ciphering and general-ded-ciphering after their tag. */
export function generalCiphering(layer: Layer, dedicated: boolean): void {
  const title = layer.octets('system-title', layer.length('system-title'))
  const node = layer.node.children?.at(-1)
  const text = systemTitleText(title)
  if (node && text) node.text = text
  const known = title.length === 8 ? title : layer.state.keys.systemTitle
  secured(layer, layer.length('ciphered-service'), known, dedicated)
}

/** general-ciphering (DD): wrapped keys are opened with the master key; agreed keys are outside of what is given. */
export function keyedCiphering(layer: Layer): void {
  const title = generalHeader(layer)
  let key: Uint8Array | undefined
  const keyed = layer.flag('key-info-present')
  if (keyed) {
    const choice = layer.u8('key-info', (value) => ['identified-key', 'wrapped-key', 'agreed-key'][value])
    if (choice === 0) layer.u8('key-id', (value) => ['global-unicast', 'global-broadcast'][value])
    else if (choice === 1) {
      layer.u8('kek-id', (value) => (value === 0 ? 'master-key' : undefined))
      const wrapped = layer.octets('key-ciphered-data', layer.length('key-ciphered-data'))
      key = unwrapped(layer, wrapped)
    } else if (choice === 2) {
      layer.octets('key-parameters', layer.length('key-parameters'))
      layer.octets('key-ciphered-data', layer.length('key-ciphered-data'))
    } else layer.fail('choice', `key-info choice ${choice}`, layer.position - 1)
    if (choice !== 0 && !key) {
      layer.octets('ciphered-content', layer.length('ciphered-content'))
      layer.node.note = layer.say('noKey')
      return
    }
  }
  secured(layer, layer.length('ciphered-content'), title.length === 8 ? title : undefined, false, key)
}

/** general-signing (DF): the APDU it carries is read; its signature needs the signer's certificate. */
export function generalSigning(layer: Layer): void {
  generalHeader(layer)
  const content = layer.octets('content', layer.length('content'))
  layer.octets('signature', layer.length('signature'))
  layer.node.note = layer.say('notVerified')
  layer.inner('signed', content, (whole) => layer.state.apdu(whole), {}, piecesOf([content]))
}

/** What general-ciphering and general-signing begin with. @returns the originator's system title */
function generalHeader(layer: Layer): Uint8Array {
  layer.octets('transaction-id', layer.length('transaction-id'))
  const originator = layer.octets('originator-system-title', layer.length('originator-system-title'))
  const text = systemTitleText(originator)
  const node = layer.node.children?.at(-1)
  if (node && text) node.text = text
  layer.octets('recipient-system-title', layer.length('recipient-system-title'))
  layer.group('date-time', (time) => optionalTime(layer, time, layer.length('date-time')))
  layer.octets('other-information', layer.length('other-information'))
  return originator
}

/** The key that a wrapped key of the message holds, when the master key given opens it. */
function unwrapped(layer: Layer, wrapped: Uint8Array): Uint8Array | undefined {
  const { keys, crypto } = layer.state
  if (!keys.master || !crypto?.aesKeyUnwrap || wrapped.length % 8 !== 0 || wrapped.length < 24)
    return undefined
  const key = crypto.aesKeyUnwrap(keys.master, wrapped)
  if (!key) layer.fail('decryption-failed', 'the master key given does not open the wrapped key')
  return key
}

function secured(
  layer: Layer,
  length: number,
  title: Uint8Array | undefined,
  dedicated: boolean,
  given?: Uint8Array,
): void {
  const end = layer.position + length
  const at = layer.position
  if (length < 5) layer.fail('length', `${length} octets cannot hold a security header`, at)
  const control = layer.u8('security-control', securityText)
  const counter = layer.u32('invocation-counter')
  const hasTag = (control & authenticated) !== 0
  if (hasTag && end - layer.position < tagLength)
    layer.fail('length', 'no room for the authentication tag', at)
  const content = layer.octets(
    control & encrypted ? 'ciphertext' : 'plaintext',
    end - layer.position - (hasTag ? tagLength : 0),
  )
  const tag = hasTag ? layer.octets('authentication-tag', tagLength) : empty
  open(layer, { control, counter, content, tag, title, dedicated, given })
}

type Sealed = {
  readonly control: number
  readonly counter: number
  readonly content: Uint8Array
  readonly tag: Uint8Array
  readonly title: Uint8Array | undefined
  readonly dedicated: boolean
  /** Key that came with the message. */
  readonly given: Uint8Array | undefined
}

function open(layer: Layer, sealed: Sealed): void {
  const { state, node } = layer
  const { control, content, title } = sealed
  if (control & compressed) {
    node.note = layer.say('compressed')
    return
  }
  const named = sealed.dedicated ? (state.keys.dedicated ?? state.dedicatedKey) : state.keys.encryption
  const key = sealed.given ?? named
  const readable = (control & encrypted) === 0
  if (!readable && (!key || !state.crypto)) {
    node.note = layer.say('noKey')
    return
  }
  if (!readable && !title) {
    node.note = layer.say('noTitle')
    return
  }
  const verdict = key && title && state.crypto ? verify(state, state.crypto, key, title, sealed) : undefined
  const about: TextKey = readable ? 'authenticatedOnly' : 'plainText'
  const inner: Partial<TreeNode> = { text: layer.say(about) }
  if (verdict) inner.note = say(state.language, verdict)
  const plain =
    readable || !key || !title || !state.crypto
      ? content
      : // Deciphered without its tag: GCM is counter mode underneath.
        (state.crypto.aesGcmOpen(key, ivOf(title, sealed.counter), empty, content, 0) ?? empty)
  const before = state.error
  const understood = layer.inner(
    readable ? 'authenticated' : 'deciphered',
    plain,
    readPlain,
    inner,
    readable ? piecesOf([content]) : [],
  )
  if (
    verdict === 'tagWrong' ||
    (!understood && !readable && verdict !== 'tagYes' && verdict !== 'tagYesNoKey')
  ) {
    state.error = before
    if (!understood) dropGarbage(node)
    layer.fail(
      understood ? 'authentication-failed' : 'decryption-failed',
      understood
        ? 'the authentication tag does not match the keys given'
        : 'the keys given do not decipher this message',
      layer.position - content.length - sealed.tag.length,
    )
  }
}

/** What came out of a wrong key means nothing and would only mislead. */
function dropGarbage(node: TreeNode): void {
  node.children?.pop()
}

function readPlain(layer: Layer): void {
  // Some networks put a P1 telegram (IEC 62056-21 text) straight into the ciphered message.
  if (layer.peek() === 0x2f) {
    const text = new TextDecoder('latin1').decode(layer.take(layer.remaining, 'telegram'))
    layer.add('telegram', 0, text.length, { type: 'iec62056-21', value: text })
    return
  }
  layer.state.apdu(layer)
}

/** Tries the additional data of the book first, then that of senders who leave the authentication key out. */
function verify(
  state: Inspection,
  crypto: CryptoProvider,
  key: Uint8Array,
  title: Uint8Array,
  sealed: Sealed,
): TextKey {
  const { control, content, tag } = sealed
  if (tag.length === 0) return 'noTag'
  const iv = ivOf(title, sealed.counter)
  const header = new Uint8Array([control])
  const matches = (prefix: readonly Uint8Array[]) => {
    const secret = (control & encrypted) !== 0
    const aad = join(secret ? prefix : [...prefix, content])
    const body = join(secret ? [content, tag] : [tag])
    return crypto.aesGcmOpen(key, iv, aad, body, tagLength) !== null
  }
  const { authentication } = state.keys
  if (authentication && matches([header, authentication])) return 'tagYes'
  if (matches([header]) || matches([])) return 'tagYesNoKey'
  return authentication ? 'tagWrong' : 'tagNo'
}

function ivOf(title: Uint8Array, counter: number): Uint8Array {
  const iv = new Uint8Array(12)
  iv.set(title.subarray(0, 8))
  new DataView(iv.buffer).setUint32(8, counter)
  return iv
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function securityText(control: number): string {
  const parts = [`suite ${control & 0x0f}`]
  if (control & authenticated) parts.push('authenticated')
  if (control & encrypted) parts.push('encrypted')
  if (control & broadcastKey) parts.push('broadcast key')
  if (control & compressed) parts.push('compressed')
  return parts.join(', ')
}

/** Manufacturer letters and the rest, when the title begins with a FLAG identifier. */
function systemTitleText(title: Uint8Array): string | undefined {
  if (title.length !== 8) return undefined
  const letters = String.fromCharCode(...title.subarray(0, 3))
  return /^[A-Za-z]{3}$/.test(letters) ? `${letters} ${hexOf(title.subarray(3))}` : undefined
}
