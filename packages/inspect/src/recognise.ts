// One door for every protocol: guesses are tried in the order of their evidence, and the first whose
// octets are all understood is the answer.

import {
  type CryptoProvider,
  type InspectKeys,
  type InspectResult,
  inspect,
  isProtocol,
  type Language,
  objectName,
  type TreeNode,
} from '@contor/dlms'
import { inspectTelegram, type Range, secretRanges } from '@contor/iec62056-21'
import { inspectMbus, type MbusCrypto, type MbusInspectOptions } from '@contor/mbus'
import { inspectModbus } from '@contor/modbus'
import { inspectSml } from '@contor/sml'
import { type Candidate, candidatesOf, type SpokenProtocol } from './candidates.ts'

export type RecogniseOptions = {
  readonly keys?: InspectKeys
  /** Without it nothing is deciphered. */
  readonly crypto?: CryptoProvider
  /** The same for wireless M-Bus, whose key is `keys.encryption`. */
  readonly mbusCrypto?: MbusCrypto
  /** Language of names and remarks; Romanian by default. */
  readonly language?: Language
  /** Hides passwords and keys that the messages carry; true by default. */
  readonly redact?: boolean
  /** Tried first. */
  readonly protocol?: string
  /** The frames may be the lines of one frame. */
  readonly perLine?: boolean
}

export type Recognition = InspectResult & {
  /** The frames as the tree counts them: `frame 1`, `frame 2` … are its children when there are several. */
  readonly frames: readonly Uint8Array[]
  /** Guesses by evidence, the answer first; the second one is the runner-up. */
  readonly candidates: readonly Candidate[]
}

const keyFaults: ReadonlySet<string> = new Set(['key', 'decryption-failed', 'authentication-failed'])

/** At most this many guesses are worked out in full. */
const maxTries = 3

/**
 * Says what the octets are and takes them apart. Several frames are one conversation.
 * Never throws on any bytes; keys never appear in the result.
 */
export function recogniseAndInspect(
  input: Uint8Array | readonly Uint8Array[],
  options: RecogniseOptions = {},
): Recognition {
  const frames = input instanceof Uint8Array ? [input] : input
  if (!options.perLine || frames.length < 2) return run(frames, options)
  const joined = run([joinFrames(frames)], options)
  if (joined.ok) return joined
  // Lines that are frames by themselves, rather than one frame wrapped over lines.
  const apart = run(frames, options)
  const alike = frames.every((frame) => candidatesOf(frame)[0]?.protocol === apart.protocol)
  return apart.ok || alike ? apart : joined
}

function run(frames: readonly Uint8Array[], options: RecogniseOptions): Recognition {
  const guesses = guessesOf(frames, options.protocol)
  const tried: Recognition[] = []
  for (const { protocol } of guesses.slice(0, maxTries)) {
    const result = { ...inspectAs(protocol, frames, options), frames, candidates: guesses }
    const order = [...guesses].sort(
      (a, b) => Number(b.protocol === protocol) - Number(a.protocol === protocol),
    )
    if (result.ok) return { ...result, candidates: confirmed(order) }
    tried.push({ ...result, candidates: order })
    // A key that does not fit is no reason to doubt the protocol.
    if (keyFaults.has(result.error?.code ?? '')) break
  }
  // None was understood whole: a guess that got somewhere beats one that stopped at the door.
  const [first] = tried
  const further = tried.find((each) => each.tree.children?.length)
  if (first && (first.candidates[0]?.score ?? 0) < 0.5 && further) return further
  return first ?? { ...inspect(frames, { ...options, protocol: 'unknown' }), frames, candidates: [] }
}

function confirmed([answer, ...others]: readonly Candidate[]): Candidate[] {
  return answer ? [{ ...answer, score: 1, evidence: [...answer.evidence, 'decoded'] }, ...others] : []
}

/** The guesses of the first frame that gives any; noise may come before. */
function guessesOf(frames: readonly Uint8Array[], named: string | undefined): Candidate[] {
  const found = frames.map(candidatesOf).find((each) => each.length > 0) ?? []
  if (named === undefined || !isProtocol(named) || named === 'unknown') return found
  const rest = found.filter((each) => each.protocol !== named)
  return [{ protocol: named, score: 1, evidence: [] }, ...rest]
}

type Plain = InspectResult

function inspectAs(
  protocol: SpokenProtocol,
  frames: readonly Uint8Array[],
  options: RecogniseOptions,
): Plain {
  const language = options.language ?? 'ro'
  switch (protocol) {
    case 'p1':
    case 'iec62056-21': {
      const { redact = true } = options
      const nameOf = (obis: string) => objectName(obis, language)
      const hidden = redact ? passwordsIn(frames) : []
      return eachFrame(frames, protocol, (frame, index) =>
        inspectTelegram(frame, { language, nameOf, redact, hidden: hidden[index] ?? [] }),
      )
    }
    case 'mbus':
    case 'wireless-mbus':
      return eachFrame(frames, protocol, (frame) => {
        const cipher = mbusCipher(options)
        const { redact = true } = options
        const { ok, protocol: layer, tree, error } = inspectMbus(frame, { language, redact, ...cipher })
        return { ok, protocol: layer === 'mbus' ? 'mbus' : 'wireless-mbus', tree, ...(error && { error }) }
      })
    case 'modbus':
      return eachFrame(frames, protocol, (frame) => {
        const { ok, tree, error } = inspectModbus(frame, { language })
        return { ok, protocol, tree, ...(error && { error }) }
      })
    case 'sml':
      return eachFrame(frames, protocol, (frame) => {
        const { redact = true } = options
        const nameOf = (obis: string) => objectName(obis, language)
        const { ok, tree, error } = inspectSml(frame, { language, redact, nameOf })
        return { ok, protocol, tree, ...(error && { error }) }
      })
    default: {
      const { keys, crypto, redact = true } = options
      return inspect(frames, { ...(keys && { keys }), ...(crypto && { crypto }), language, protocol, redact })
    }
  }
}

/** AES-128 is all that wireless M-Bus knows: a longer key is one of DLMS. */
function mbusCipher({ keys, mbusCrypto }: RecogniseOptions): Pick<MbusInspectOptions, 'crypto' | 'keyOf'> {
  const key = keys?.encryption
  return mbusCrypto && key?.length === 16 ? { crypto: mbusCrypto, keyOf: () => key } : {}
}

function eachFrame(
  frames: readonly Uint8Array[],
  protocol: SpokenProtocol,
  one: (frame: Uint8Array, index: number) => Plain,
): Plain {
  if (frames.length === 1) return one(frames[0] as Uint8Array, 0)
  const results = frames.map(one)
  const children = results.map(({ tree }, index): TreeNode => ({ ...tree, name: `frame ${index + 1}` }))
  const length = frames.reduce((sum, frame) => sum + frame.length, 0)
  const tree: TreeNode = { name: 'message', offset: 0, length, type: protocol, children }
  const error = results.find((result) => result.error)?.error
  return { ok: results.every((result) => result.ok), protocol, tree, ...(error && { error }) }
}

/** Passwords by frame; one may begin in a frame and end in the next. */
function passwordsIn(frames: readonly Uint8Array[]): Range[][] {
  const found = secretRanges(joinFrames(frames))
  let start = 0
  return frames.map(({ length }) => {
    const end = start + length
    const here = found.flatMap(([from, to]): Range[] => {
      const [first, last] = [Math.max(from, start), Math.min(to, end)]
      return first < last ? [[first - start, last - start]] : []
    })
    start = end
    return here
  })
}

export function joinFrames(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
