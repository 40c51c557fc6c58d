import type { CryptoProvider } from '../crypto.ts'
import type { Malformed } from '../parse.ts'
import type { Layer } from './layer.ts'
import type { Space } from './secrets.ts'
import type { Language } from './texts.ts'
import type { TreeNode } from './tree.ts'

/** Octets. Only the encryption key is needed to read; the authentication key lets tags be verified. */
export type InspectKeys = {
  readonly encryption?: Uint8Array
  readonly authentication?: Uint8Array
  readonly dedicated?: Uint8Array
  /** Master key: opens the wrapped keys of general-ciphering. */
  readonly master?: Uint8Array
  /** Sender of messages that do not name it, such as glo-get-response outside of an association. */
  readonly systemTitle?: Uint8Array
}

export type InspectLimits = {
  /** Octets taken in, over all frames. */
  readonly maxInput: number
  /** Nodes of one tree. */
  readonly maxNodes: number
  /** Nested data, and layers inside layers. */
  readonly maxDepth: number
}

export const defaultInspectLimits: InspectLimits = {
  maxInput: 4 * 1024 * 1024,
  maxNodes: 400_000,
  maxDepth: 24,
}

/** What a request named: its words, and whether the value is a secret. */
export type Asked = { readonly text: string; readonly secret: boolean }

export type Party = 'client' | 'server'

/** Blocks of a long transfer collected so far. */
export type Collected = { readonly parts: Uint8Array[]; next: number; length: number }

/** What one inspection carries from frame to frame. */
export type Inspection = {
  readonly language: Language
  readonly limits: InspectLimits
  readonly keys: InspectKeys
  readonly crypto: CryptoProvider | undefined
  /** Walks one APDU; here so that ciphering and association can nest APDUs without an import cycle. */
  readonly apdu: (layer: Layer) => void
  readonly titles: { client?: Uint8Array; server?: Uint8Array }
  readonly blocks: Map<string, Collected>
  /** What the latest request of an invoke id asked for, to name what its response brings. */
  readonly requested: Map<number, readonly Asked[]>
  /** Transfers by blocks whose value is a secret. */
  readonly secretTransfers: Set<string>
  readonly redact: boolean
  /** Every layer, for finding where a secret's octets came from. */
  readonly spaces: Space[]
  dedicatedKey: Uint8Array | undefined
  /** Authentication mechanism of the latest AARQ or AARE; undefined before one named it. */
  mechanism: number | undefined
  /** Sender and receiver of the frame being read, as its framing names them. */
  channel: string
  nodes: number
  layers: number
  error: Malformed | undefined
}

/** A fault at an octet. `placed` once the innermost node carries it. */
export class InspectFault extends Error {
  readonly fault: Malformed
  placed = false

  constructor(code: string, message: string, offset: number) {
    super(message)
    this.name = 'InspectFault'
    this.fault = { code, message, offset }
  }
}

/** Runs one part; a fault stays in the tree and becomes the error of the whole if it is the first. */
export function attempt(state: Inspection, node: TreeNode, part: () => void): boolean {
  try {
    part()
    return true
  } catch (error) {
    if (!(error instanceof InspectFault)) throw error
    if (!error.placed) {
      node.error = error.fault
      error.placed = true
    }
    state.error ??= error.fault
    return false
  }
}
