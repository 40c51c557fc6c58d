// The APDUs inside what was recognised, as values: for XML, JSON and whoever wants to go on with them.

import { type Apdu, apduToJson, apduToXml, decodeApdu, fromHex, type TreeNode } from '@contor/dlms'
import { type RecogniseOptions, recogniseAndInspect } from './recognise.ts'

export type Message = {
  readonly apdu: Apdu
  /** It came out of another message of the list: deciphered, reassembled or signed. */
  readonly inner: boolean
  /** It carries a password or a key. */
  readonly secret: boolean
}

/** In the order of the tree, an APDU before what was found inside it. */
export function messagesOf(
  input: Uint8Array | readonly Uint8Array[],
  options: RecogniseOptions = {},
): Message[] {
  const open = recogniseAndInspect(input, { ...options, redact: false })
  const closed = recogniseAndInspect(input, { ...options, redact: true })
  const hidden = hexOfApdus(closed.tree, closed.frames)
  const shown = hexOfApdus(open.tree, open.frames)
  return shown.flatMap(({ hex, inner }, index) => {
    const parsed = decodeApdu(fromHex(hex))
    if (parsed.kind !== 'ok') return []
    // The same tree twice; were it ever another one, everything counts as secret.
    const secret = hidden.length !== shown.length || (hidden[index]?.hex ?? 'xx').includes('xx')
    return [{ apdu: parsed.value, inner, secret }]
  })
}

type Found = { readonly hex: string; readonly inner: boolean }

function hexOfApdus(tree: TreeNode, frames: readonly Uint8Array[]): Found[] {
  const found: Found[] = []
  const walk = (node: TreeNode, outer: string, inside: boolean, depth: number) => {
    const number = depth === 1 ? /^frame (\d+)$/.exec(node.name)?.[1] : undefined
    const frame = number ? frames[Number(number) - 1] : undefined
    const hex = node.hex ?? (frame ? hexOf(frame) : outer)
    const isApdu = node.name === 'apdu'
    if (isApdu && !node.error) {
      found.push({ hex: hex.slice(2 * node.offset, 2 * (node.offset + node.length)), inner: inside })
    }
    for (const child of node.children ?? []) {
      // What an association carries is part of its document.
      if (isApdu && /^(aarq|aare|rlrq|rlre)$/.test(node.type ?? '')) continue
      walk(child, hex, inside || isApdu, depth + 1)
    }
  }
  walk(tree, frames.length === 1 ? hexOf(frames[0] as Uint8Array) : '', false, 0)
  return found
}

const hexOf = (bytes: Uint8Array) =>
  Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0')).join('')

/** Kinds whose documents can hide their secrets themselves. */
const canRedact = (apdu: Apdu) =>
  apdu.kind === 'aarq' || apdu.kind === 'aare' || apdu.kind === 'initiate-request'

/**
 * One XML document a message. Secrets become asterisks, or leave their message out, unless `secrets` is set:
 * only then can such a document be read back.
 */
export function messagesToXml(messages: readonly Message[], secrets = false): string {
  return messages
    .map(({ apdu, inner, secret }) => {
      const title = inner ? '<!-- inside the message above -->\n' : ''
      if (!secret || secrets) return title + apduToXml(apdu)
      if (canRedact(apdu)) return title + apduToXml(apdu, { redact: true })
      return `${title}<!-- ${apdu.kind}: holds a secret, left out -->\n`
    })
    .join('\n')
}

/** One JSON document a message; those that hold secrets are left out unless `secrets` is set. */
export function messagesToJson(messages: readonly Message[], secrets = false): string {
  return messages
    .map(({ apdu, secret }) =>
      secret && !secrets ? `${JSON.stringify({ kind: apdu.kind, redacted: true })}\n` : apduToJson(apdu),
    )
    .join('\n')
}
