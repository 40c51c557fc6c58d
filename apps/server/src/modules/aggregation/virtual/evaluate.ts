// A virtual meter's curve: terms put together exactly, whole Wh that add up to the exact total.

import { type Channel, type CivilDay, dayNumber, dayOfNumber } from '@contor/intervals'
import { ContorError } from '../../../platform/index.ts'
import { type Factor, multiply, parseFormula, type Term } from './formula.ts'

/** A version of a virtual meter; without a formula it is withdrawn. */
export type VirtualVersion = {
  readonly code: string
  readonly version: number
  readonly formula: string | null
  readonly validFrom: CivilDay
  readonly validTo: CivilDay | null
}

/** Points with one factor and one channel: what one sum over points answers. */
export type Group = { readonly factor: Factor; readonly channel: Channel; readonly pods: readonly string[] }

/** Days on which a virtual meter counts the same. */
export type Segment = { readonly from: CivilDay; readonly to: CivilDay; readonly groups: readonly Group[] }

/**
 * What a virtual meter counts on each day of a range, nested ones resolved.
 * @param versions of this meter and of all that it may name
 * @throws ContorError 'not-found' for a day or a name without a formula, 'invalid-request' for meters that name each other
 */
export function segmentsOf(
  code: string,
  versions: readonly VirtualVersion[],
  from: CivilDay,
  to: CivilDay,
): Segment[] {
  const segments: Segment[] = []
  const parsed = new Map<string, Term[]>()
  let last = ''
  for (let number = dayNumber(from); number <= dayNumber(to); number++) {
    const day = dayOfNumber(number)
    const used: string[] = []
    const flat = flatten(code, versions, day, parsed, [], used)
    const key = used.join()
    if (key === last) segments[segments.length - 1] = { ...segments[segments.length - 1], to: day }
    else segments.push({ from: day, to: day, groups: grouped(flat) })
    last = key
  }
  return segments
}

type PodTerm = Extract<Term, { pod: string }>

function flatten(
  code: string,
  versions: readonly VirtualVersion[],
  day: CivilDay,
  parsed: Map<string, Term[]>,
  path: readonly string[],
  used: string[],
): PodTerm[] {
  if (path.includes(code))
    throw new ContorError(
      'invalid-request',
      `Virtual meters name each other: ${[...path, code].join(' → ')}`,
      {
        field: 'formula',
        value: code,
        remedy: 'Take one of them out of the other.',
      },
    )
  const version = inForce(code, versions, day)
  if (!version?.formula)
    throw new ContorError('not-found', `Virtual meter ${code} has no formula on ${day}`, {
      field: path.length === 0 ? 'from' : 'formula',
      value: code,
      remedy: 'Ask for days of its validity, or record a version that covers them.',
    })
  const key = `${code}/${version.version}`
  used.push(key)
  let terms = parsed.get(key)
  if (!terms) {
    terms = parseFormula(version.formula)
    parsed.set(key, terms)
  }
  return terms.flatMap((term) =>
    'pod' in term
      ? [term]
      : flatten(term.meter, versions, day, parsed, [...path, code], used).map((inner) => ({
          ...inner,
          factor: multiply(term.factor, inner.factor),
        })),
  )
}

/** The highest version whose validity holds the day. */
export function inForce(
  code: string,
  versions: readonly VirtualVersion[],
  day: CivilDay,
): VirtualVersion | undefined {
  return versions
    .filter((v) => v.code === code && v.validFrom <= day && (v.validTo === null || v.validTo >= day))
    .reduce<VirtualVersion | undefined>((best, v) => (best && best.version > v.version ? best : v), undefined)
}

function grouped(terms: readonly PodTerm[]): Group[] {
  // A point that is named twice counts with the sum of its factors.
  const sums = new Map<string, PodTerm>()
  for (const term of terms) {
    const key = `${term.channel} ${term.pod}`
    const known = sums.get(key)
    sums.set(key, known ? { ...term, factor: add(known.factor, term.factor) } : term)
  }
  const groups = new Map<string, { factor: Factor; channel: Channel; pods: string[] }>()
  const units = new Set(terms.map(({ channel }) => channel.startsWith('A')))
  if (units.size > 1)
    throw new ContorError('invalid-request', 'The formula adds active energy to reactive', {
      field: 'formula',
      remedy: 'Use channels A+ and A- only, or reactive ones only.',
    })
  for (const { factor, channel, pod } of sums.values()) {
    if (factor.units === 0n) continue
    const key = `${factor.units} ${factor.scale} ${channel}`
    const group = groups.get(key)
    if (group) group.pods.push(pod)
    else groups.set(key, { factor, channel, pods: [pod] })
  }
  return [...groups.values()]
}

function add(one: Factor, other: Factor): Factor {
  const scale = Math.max(one.scale, other.scale)
  const units =
    one.units * 10n ** BigInt(scale - one.scale) + other.units * 10n ** BigInt(scale - other.scale)
  return multiply({ units, scale }, { units: 1n, scale: 0 })
}

/** A group's curve, in quarter-hours. */
export type GroupCurve = { readonly factor: Factor; readonly sums: Float64Array }

/**
 * Σ factor × curve in whole Wh. What rounding leaves goes over to the next quarter-hour, so that the total of any range
 * from the first on is within half a Wh of the exact one.
 */
export function combine(curves: readonly GroupCurve[], slots: number): Float64Array {
  const scale = Math.max(0, ...curves.map(({ factor }) => factor.scale))
  const unit = 10 ** scale
  const weights = curves.map(({ factor }) => Number(factor.units * 10n ** BigInt(scale - factor.scale)))
  const values = new Float64Array(slots)
  let rest = 0
  for (let slot = 0; slot < slots; slot++) {
    let exact = rest
    for (let i = 0; i < curves.length; i++) exact += weights[i] * curves[i].sums[slot]
    if (!Number.isSafeInteger(exact))
      throw new ContorError('invalid-request', 'The formula gives more energy than can be counted exactly', {
        field: 'formula',
        remedy: 'Use smaller factors.',
      })
    // Half up, also below zero: −0.5 becomes 0.
    const whole = Math.floor(exact / unit + 0.5)
    values[slot] = whole
    rest = exact - whole * unit
  }
  return values
}
