// A month block out of the frames of its days and what happened to them since. What was recorded when the month was
// folded is the proof; where that is lost too, it says which days rest on less.

import {
  addMonthDay,
  beginMonth,
  type CivilDay,
  channelBit,
  channels,
  createDayColumns,
  createMonthColumns,
  type DayBlock,
  dayEnd,
  dayNumber,
  decodeInto,
  decodeMonthInto,
  emptySeries,
  encodeDayBlock,
  encodeMonth,
  monthDay,
  slotsInDay,
} from '@contor/intervals'
import { figuresOf } from '../blockRow.ts'
import type { DayChange } from '../explain.ts'
import { type Head, packHeads, unpackHeads } from '../months/heads.ts'
import { type MonthRow, type SectionName, sealSections } from '../months/monthRow.ts'
import { expandSources, type SlotSource, unpackSources } from '../sources.ts'
import { grownRuns, packGrowth } from '../versions/growth.ts'
import { changesBetween } from '../versions/patch.ts'
import { hasFigures, heldDays, isRecorded, type StoredMonth, soundSection } from './monthFault.ts'
import { blockOf, type ReplayedDay, sourcesOf } from './rebuild.ts'

/** A day that the frames do not give: they are not kept any more, or they say something else. */
export type LostDay = { readonly day: CivilDay; readonly reason: 'no-frames' | 'other-figures' }
/** A day that fits the figures beside the block, or whose instants are those of its exchanges, without a seal that says so. */
export type UnprovenDay = { readonly day: CivilDay; readonly what: 'values' | 'instants' }

export type RebuiltMonth =
  | { readonly kind: 'lost'; readonly days: readonly LostDay[] }
  | { readonly kind: 'built'; readonly row: MonthRow; readonly unproven: readonly UnprovenDay[] }

/** What the house still has of a month. */
export type MonthEvidence = {
  /** Days as exchanges brought them, ascending by exchange. */
  readonly replayed: readonly ReplayedDay[]
  /** Of the version log, oldest first. */
  readonly changes: readonly DayChange[]
}

type Day = {
  readonly day: CivilDay
  readonly replayed: readonly ReplayedDay[]
  readonly changes: readonly DayChange[]
  /** Of the stored heads, where these are sound. */
  readonly head: Head | undefined
  /** The stored channel A+ and the channels that the day has, where these are sound. */
  readonly active: { readonly block: DayBlock; readonly mask: number } | undefined
}

/** The sections that are what was written, without their seals. */
type Sound = Readonly<Record<SectionName, Uint8Array | undefined>>

/** Exchanges among which those of a meter with a wrong clock are looked for. */
const mostTried = 32

/** Rebuilds the broken sections of a month block; those that are sound stay as they are. */
export function rebuildMonth(
  meteringPointId: string,
  row: StoredMonth,
  broken: readonly SectionName[],
  evidence: MonthEvidence,
): RebuiltMonth {
  // Octets whose seal holds may still be those of another point: what the fault names is not believed.
  const soundOf = (name: SectionName) =>
    broken.includes(name) ? undefined : soundSection(meteringPointId, row, name)
  const stored = { heads: soundOf('heads'), active: soundOf('active'), others: soundOf('others') }
  const days = daysOf(row, stored, evidence)
  const payload = rebuildPayload(meteringPointId, row, stored, days, evidence)
  if (payload.kind === 'lost') return payload
  const isSound = days.every(({ head }) => head !== undefined)
  const heads = isSound ? days.flatMap(({ head }) => head ?? []) : days.map(guessedHead)
  const unproven: UnprovenDay[] = days.flatMap(({ day }): UnprovenDay[] => [
    ...(payload.proved ? [] : [{ day, what: 'values' as const }]),
    ...(isSound ? [] : [{ day, what: 'instants' as const }]),
  ])
  const { active, others } = payload
  return {
    kind: 'built',
    row: sealSections(meteringPointId, row.month, { heads: packHeads(heads), active, others }),
    unproven,
  }
}

function daysOf(row: StoredMonth, stored: Sound, evidence: MonthEvidence): Day[] {
  const held = heldDays(row)
  const replayed = Map.groupBy(evidence.replayed, ({ plain }) => plain.day)
  const changes = Map.groupBy(evidence.changes, (change) => change.day)
  const heads = headsOf(stored.heads, held.length)
  const active = activeOf(stored.active, held)
  return held.map((day, d) => ({
    day,
    replayed: replayed.get(day) ?? [],
    changes: changes.get(day) ?? [],
    head: heads?.[d],
    active: active?.[d],
  }))
}

function headsOf(bytes: Uint8Array | undefined, count: number): Head[] | undefined {
  if (!bytes) return undefined
  try {
    const heads = unpackHeads(bytes)
    return heads.length === count ? heads : undefined
  } catch {
    return undefined
  }
}

const columns = createMonthColumns()
const dayColumns = createDayColumns()

function activeOf(bytes: Uint8Array | undefined, held: readonly CivilDay[]) {
  if (!bytes) return undefined
  try {
    decodeMonthInto({ active: bytes }, columns, channelBit('A+'))
  } catch {
    return undefined
  }
  const days = Array.from({ length: columns.count }, (_, d) => {
    const mask = columns.masks[d]
    columns.masks[d] = mask & channelBit('A+')
    return { block: monthDay(columns, d), mask }
  })
  return days.length === held.length && days.every(({ block }, d) => block.day === held[d]) ? days : undefined
}

type Payload =
  | { readonly kind: 'lost'; readonly days: readonly LostDay[] }
  | {
      readonly kind: 'payload'
      readonly active: Uint8Array
      readonly others: Uint8Array
      readonly proved: boolean
    }

function rebuildPayload(
  meteringPointId: string,
  row: StoredMonth,
  stored: Sound,
  days: readonly Day[],
  { replayed }: MonthEvidence,
): Payload {
  if (stored.active && stored.others)
    return { kind: 'payload', active: stored.active, others: stored.others, proved: true }
  const lost = days.flatMap((day) => lostOf(row, day, dayBlockOf(day, noneDeviated)) ?? [])
  if (lost.length > 0) return { kind: 'lost', days: lost }
  let first: Payload | undefined
  for (const isDeviated of deviations(replayed)) {
    const made = encode(row, days, isDeviated)
    const active = stored.active ?? made.active
    const others = stored.others ?? made.others
    const proved =
      (stored.active !== undefined || isRecorded(meteringPointId, row, 'active', active)) &&
      (stored.others !== undefined || isRecorded(meteringPointId, row, 'others', others))
    if (proved) return { kind: 'payload', active, others, proved }
    // Octets that are sound go together only with those that they were written with.
    first ??= { kind: 'payload', ...made, proved }
  }
  return first ?? { kind: 'lost', days: days.map(({ day }) => ({ day, reason: 'no-frames' })) }
}

function lostOf(row: StoredMonth, day: Day, block: DayBlock): LostDay | undefined {
  const slots = slotsInDay(day.day)
  const figures = figuresOf(block)
  const at = dayNumber(day.day) - dayNumber(row.month)
  const isWhole = isBrought(day, slots) && hasChannels(day, block)
  if (isWhole && hasFigures(row, day.day, slots, figures)) return undefined
  const hasLess = figures.present < (row.present?.[at] ?? slots)
  return { day: day.day, reason: hasLess || !isWhole ? 'no-frames' : 'other-figures' }
}

/** Whether every slot that an exchange brought is among what was replayed. */
function isBrought({ head, replayed }: Day, slots: number): boolean {
  if (!head) return true
  const brought = new Set<string>()
  for (const { plain } of replayed)
    for (const [slot, source] of plain.sources.entries())
      if (source) brought.add(`${slot}/${source.exchangeId}/${source.row}`)
  return expandSources(unpackSources(head.sources), slots).every(
    (source, slot) => !source || brought.has(`${slot}/${source.exchangeId}/${source.row}`),
  )
}

/** Whether the channels beside A+ that the day is known to have hold something. */
function hasChannels({ active }: Day, block: DayBlock): boolean {
  if (!active) return true
  const has = block.channels.reduce((mask, series) => mask | channelBit(series.channel), 0)
  const own = active.block.channels[0]
  const isMade = (byte: number) => (byte & 7) > 1
  // A day of made values alone has no frame to show its other channels.
  return (active.mask & ~has) === 0 || (own?.quality.every((byte) => isMade(byte) || byte === 0) ?? false)
}

type Deviation = (exchangeId: number) => boolean
const noneDeviated: Deviation = () => false

/** Which exchanges a meter with a wrong clock gave: none, all, or some that follow each other. */
function* deviations(replayed: readonly ReplayedDay[]): Generator<Deviation> {
  yield noneDeviated
  yield () => true
  const ids = [...new Set(replayed.map(exchangeOf))].sort((a, b) => a - b)
  if (ids.length > mostTried) return
  for (let from = 0; from < ids.length; from++)
    for (let to = from; to < ids.length; to++)
      if (to - from < ids.length - 1) yield (id) => id >= ids[from] && id <= ids[to]
}

const exchangeOf = ({ plain }: ReplayedDay): number =>
  plain.sources.find((source): source is SlotSource => source !== undefined)?.exchangeId ?? 0

function dayBlockOf({ day, replayed, changes, active }: Day, isDeviated: Deviation): DayBlock {
  const chosen = replayed.map((one) => (isDeviated(exchangeOf(one)) ? { ...one, plain: one.deviated } : one))
  const block = blockOf(
    day,
    chosen,
    'plain',
    changes.map((change) => change.changes),
  )
  if (!active) return block
  const series = channels.flatMap((channel) => {
    if ((active.mask & channelBit(channel)) === 0) return []
    const from = channel === 'A+' ? active.block : block
    return from.channels.find((one) => one.channel === channel) ?? emptySeries(channel, day)
  })
  return { ...block, channels: series }
}

function encode(row: StoredMonth, days: readonly Day[], isDeviated: Deviation) {
  beginMonth(columns, dayNumber(row.month))
  for (const day of days)
    addMonthDay(columns, decodeInto(encodeDayBlock(dayBlockOf(day, isDeviated)), dayColumns))
  const { active, others } = encodeMonth(columns)
  return { active, others }
}

/** A head whose instants are those of the exchanges and changes; the end of the day where nothing tells any. */
function guessedHead({ day, replayed, changes }: Day): Head {
  const version = changes.reduce((highest, change) => Math.max(highest, change.version + 1), 1)
  const events = replayed
    .map((one) => ({ at: one.at ?? dayEnd(day), one }))
    .sort((a, b) => a.at - b.at || exchangeOf(a.one) - exchangeOf(b.one))
  const changedAt = changes.map((change) => change.at.getTime())
  const known = Math.min(events[0]?.at ?? Number.POSITIVE_INFINITY, ...changedAt)
  const knownAt = Number.isFinite(known) ? known : dayEnd(day)
  let block = events[0] && blockOf(day, [events[0].one], 'plain', [])
  const growth: { at: number; runs: ReturnType<typeof grownRuns> }[] = []
  for (const [i, { at }] of events.entries()) {
    if (i === 0) continue
    const next = blockOf(
      day,
      events.slice(0, i + 1).map(({ one }) => one),
      'plain',
      [],
    )
    const runs = grownRuns(changesBetween(block, next))
    if (runs.length > 0) growth.push({ at: Math.max(at, (growth.at(-1)?.at ?? knownAt) + 1), runs })
    block = next
  }
  return {
    version,
    knownUs: knownAt * 1_000,
    changedUs: Math.max(knownAt, growth.at(-1)?.at ?? 0, ...changedAt) * 1_000,
    sources: sourcesOf(
      day,
      replayed,
      changes.map((change) => change.changes),
    ),
    growth: packGrowth(growth),
  }
}
