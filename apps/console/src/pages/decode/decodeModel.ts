import type { CryptoProvider, Language } from '@contor/dlms'
import {
  InputError,
  type KeyTexts,
  keysOf,
  type Message,
  messagesOf,
  type Recognition,
  readText,
  recogniseAndInspect,
} from '@contor/inspect'

import { mbusCrypto } from './browserCrypto.ts'

export type Decoded =
  | { readonly kind: 'empty' }
  | { readonly kind: 'unreadable'; readonly message: string }
  | {
      readonly kind: 'decoded'
      readonly result: Recognition
      readonly frames: readonly string[]
      /** The messages themselves, worked out when somebody looks at them. */
      readonly messages: () => readonly Message[]
    }

const hexOf = (bytes: Uint8Array) =>
  Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0')).join('')

/** What the pasted text says. Nothing leaves this function but its result. */
export function decodeText(
  text: string,
  keys: KeyTexts,
  language: Language,
  crypto: CryptoProvider,
): Decoded {
  if (text.trim() === '') return { kind: 'empty' }
  try {
    const item = readText(text)
    const options = {
      keys: keysOf({ ...item.keys, ...keys }),
      crypto,
      mbusCrypto,
      language,
      perLine: item.perLine,
      ...(item.protocol !== undefined && { protocol: item.protocol }),
    }
    const result = recogniseAndInspect(item.frames, options)
    const messages = () => messagesOf(item.frames, options)
    return { kind: 'decoded', result, frames: result.frames.map(hexOf), messages }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    // Messages are "român (English)".
    const parts = /^(.*?) \((.*)\)$/.exec(error.message)
    const message = language === 'ro' ? parts?.[1] : parts?.[2]
    return { kind: 'unreadable', message: message ?? error.message }
  }
}

/**
 * The part of an address after `#`, which browsers keep to themselves: `f=` with the frames in
 * hexadecimal, `st=` with the system title, which is no secret. Keys have no place in it.
 */
export function fragmentOf(frames: readonly string[], systemTitle: string): string {
  const title = systemTitle.replace(/[^0-9a-f]/gi, '')
  return `f=${frames.join('.')}${title === '' ? '' : `&st=${title}`}`
}

/** @returns the text for the input field: a telegram as text, anything else as one line a frame */
export function fromFragment(fragment: string): { text: string; systemTitle: string } | undefined {
  const parameters = new URLSearchParams(fragment.replace(/^#/, ''))
  const frames = parameters.get('f')
  if (!frames || !/^[0-9a-f.]+$/i.test(frames)) return undefined
  const systemTitle = parameters.get('st')?.replace(/[^0-9a-f]/gi, '') ?? ''
  return { text: asText(frames.split('.')), systemTitle }
}

/** Hexadecimal in pairs; a telegram reads better as the text it is. */
export function asText(frames: readonly string[]): string {
  const [first] = frames
  if (frames.length === 1 && first && /^2f/i.test(first)) {
    const text = pairs(first).map((pair) => String.fromCharCode(Number.parseInt(pair, 16)))
    if (text.every((character) => /[\r\n\t\x20-\x7e]/.test(character))) return text.join('')
  }
  return frames.map((frame) => pairs(frame).join(' ')).join('\n')
}

const pairs = (hex: string) => hex.match(/../g) ?? []
