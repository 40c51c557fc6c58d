// From a number back to what made it: the frame that brought each quarter-hour, or the rule or the person that
// made its value, and everything that happened to it since.

import {
  type Channel,
  channels,
  dayEnd,
  dayStart,
  flagsOf,
  isPresent,
  type QualityFlag,
  type QualityState,
  seriesOf,
  slotStart,
  stateOf,
} from '@contor/intervals'
import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'
import { type BilledPeriod, billedPeriods, type RebillDifference, rebillDifferences } from './billed.ts'
import { type BlockRow, openBlock } from './blockRow.ts'
import { dayRows } from './months/dayRows.ts'
import { expandSources, type SlotSource, traceRef, unpackSources } from './sources.ts'
import { type ChangeKind, type LoadedDay, toLoaded } from './store.ts'
import { type Growth, unpackGrowth } from './versions/growth.ts'
import { type SlotChange, unpackPatch } from './versions/patch.ts'

const quarterMs = 900_000
const mostSlots = 100

/** A change of a day with its reason; `version` is the one that it ended. */
export type DayChange = {
  readonly day: string
  readonly version: number
  readonly at: Date
  readonly kind: ChangeKind
  readonly rule: string
  readonly ruleVersion: number
  readonly actor: string
  readonly reason: string
  readonly details: Readonly<Record<string, unknown>> | null
  readonly billed: boolean
  readonly approvedBy: string | null
  readonly changes: readonly SlotChange[]
  /** The packed sources of the day before the change. */
  readonly sources: Uint8Array
}

/** One step in the life of a quarter-hour; values in Wh or varh, null where there was none. */
export type SlotStep = Omit<DayChange, 'day' | 'changes' | 'sources'> & {
  readonly before: number | null
  readonly after: number | null
  /** Where the measured value came from that this step replaced; null when it replaced none, or nothing tells. */
  readonly replaced: string | null
}

/** Where the values of a run of quarter-hours come from. */
export type Origin =
  /** Read from the meter: the frame, and when it became known. */
  | { readonly kind: 'frame'; readonly trace: string; readonly knownAt: Date }
  /** Stored without a journal entry: a bulk load or a file. */
  | { readonly kind: 'load'; readonly knownAt: Date }
  /** Made by a rule or a person; `measured`: the last measured value that stood there, and its frame. */
  | {
      readonly kind: 'made'
      readonly step: SlotStep
      readonly measured: { readonly trace: string; readonly value: number } | null
    }
  | { readonly kind: 'missing' }

/** Quarter-hours one after the other that have the same origin and state; instants in epoch ms, [from, to). */
export type ExplainedRun = {
  readonly from: number
  readonly to: number
  readonly slots: number
  readonly sum: number
  readonly quality: QualityState
  readonly flags: readonly QualityFlag[]
  readonly origin: Origin
  /** Earlier steps of these quarter-hours, oldest first; of the first one when the run holds several. */
  readonly history: readonly SlotStep[]
}

export type Explanation = {
  readonly channel: Channel
  readonly from: number
  readonly to: number
  readonly sum: number
  readonly counts: Readonly<Record<QualityState, number>>
  readonly runs: readonly ExplainedRun[]
  readonly bills: readonly BilledPeriod[]
  readonly differences: readonly RebillDifference[]
}

/** The changes of a point's days, oldest first. */
export async function loadChanges(
  trx: Trx,
  meteringPointId: string,
  from: string,
  to: string,
): Promise<DayChange[]> {
  const { rows } = await sql<Omit<DayChange, 'changes'> & { patch: Buffer }>`
    select day, version, changed_at as at, kind, rule, rule_version as "ruleVersion", actor, reason, details, billed,
           approved_by as "approvedBy", patch, sources
      from contor.day_block_version
     where metering_point_id = ${meteringPointId} and day between ${from} and ${to} order by changed_at, day, version`.execute(
    trx,
  )
  return rows.map(({ patch, ...row }) => ({ ...row, changes: unpackPatch(patch) }))
}

/**
 * The rule, with its version, that last made the value of a quarter-hour, by `CHANNEL/START` with the start in epoch
 * ms; quarter-hours that nothing but a meter gave are absent.
 */
export async function loadMethods(
  trx: Trx,
  meteringPointId: string,
  from: string,
  to: string,
): Promise<ReadonlyMap<string, string>> {
  const methods = new Map<string, string>()
  for (const { day, rule, ruleVersion, changes } of await loadChanges(trx, meteringPointId, from, to))
    for (const { channel, slot, afterQuality } of changes) {
      const key = `${channel}/${slotStart(day, slot)}`
      const state = stateOf(afterQuality)
      if (state === 'estimated' || state === 'edited') methods.set(key, `${rule} v${ruleVersion}`)
      else methods.delete(key)
    }
  return methods
}

/**
 * Explains a channel of a point between two instants (epoch ms, [from, to), on quarter-hours).
 * @param days the first and last civil day that the span touches
 */
export async function explain(
  trx: Trx,
  meteringPointId: string,
  channel: Channel,
  span: { readonly from: number; readonly to: number },
  days: { readonly first: string; readonly last: string },
): Promise<Explanation> {
  const rows = await dayRows(trx, meteringPointId, days.first, days.last)
  const changes = Map.groupBy(await loadChanges(trx, meteringPointId, days.first, days.last), (c) => c.day)
  const byDay = new Map(rows.map((row) => [row.day, row]))
  const runs: ExplainedRun[] = []
  for (let at = span.from; at < span.to; ) {
    const day = dayOf(at, days)
    const end = Math.min(span.to, dayEnd(day))
    const row = byDay.get(day)
    const block = row && openBlock(meteringPointId, row)
    const facts = row && block ? { loaded: toLoaded(row, block), row } : undefined
    for (const run of explainDay(day, channel, at, end, facts, changes.get(day) ?? [])) joinRun(runs, run)
    at = end
  }
  const counts = { measured: 0, estimated: 0, edited: 0, missing: 0 }
  for (const run of runs) counts[run.quality] += run.slots
  return {
    channel,
    ...span,
    sum: runs.reduce((all, run) => all + run.sum, 0),
    counts,
    runs,
    bills: await billedPeriods(trx, meteringPointId, days.first, days.last),
    differences: (await rebillDifferences(trx, meteringPointId, days.first, days.last)).filter(
      (difference) => difference.channel === channel,
    ),
  }
}

function dayOf(at: number, { first, last }: { first: string; last: string }): string {
  let day = first
  while (day < last && dayEnd(day) <= at)
    day = new Date(dayEnd(day) + 12 * 3_600_000).toISOString().slice(0, 10)
  return day
}

function* explainDay(
  day: string,
  channel: Channel,
  from: number,
  to: number,
  facts: { readonly loaded: LoadedDay; readonly row: BlockRow } | undefined,
  changes: readonly DayChange[],
): Generator<ExplainedRun> {
  const series = facts && seriesOf(facts.loaded.block, channel)
  const growth = facts ? unpackGrowth(facts.row.growth) : []
  const past = changes.map((change) => ({
    change,
    sources: expandSources(unpackSources(change.sources), mostSlots),
  }))
  const first = (from - dayStart(day)) / quarterMs
  const last = (to - dayStart(day)) / quarterMs
  for (let slot = first; slot < last; slot++) {
    const start = slotStart(day, slot)
    const byte = series?.quality[slot] ?? 0
    const history = stepsOf(past, channel, slot)
    yield {
      from: start,
      to: start + quarterMs,
      slots: 1,
      sum: series && isPresent(byte) ? series.values[slot] : 0,
      quality: stateOf(byte),
      flags: flagsOf(byte),
      origin: originOf(byte, history, facts, growth, past, channel, slot),
      history,
    }
  }
}

type PastChange = { readonly change: DayChange; readonly sources: readonly (SlotSource | undefined)[] }

function stepsOf(past: readonly PastChange[], channel: Channel, slot: number): SlotStep[] {
  return past.flatMap(({ change: { day: _, changes: all, sources: _packed, ...change }, sources }) => {
    const own = all.find((one) => one.channel === channel && one.slot === slot)
    if (!own) return []
    const source = sources[slot]
    return [
      {
        ...change,
        before: isPresent(own.beforeQuality) ? own.before : null,
        after: isPresent(own.afterQuality) ? own.after : null,
        replaced: stateOf(own.beforeQuality) === 'measured' && source ? traceRef(source) : null,
      },
    ]
  })
}

function madeBy(step: SlotStep, history: readonly SlotStep[]): Origin {
  const last = history.findLast(({ replaced }) => replaced !== null)
  const measured =
    last && last.replaced !== null && last.before !== null
      ? { trace: last.replaced, value: last.before }
      : null
  return { kind: 'made', step, measured }
}

function originOf(
  byte: number,
  history: readonly SlotStep[],
  facts: { readonly loaded: LoadedDay; readonly row: BlockRow } | undefined,
  growth: readonly Growth[],
  past: readonly PastChange[],
  channel: Channel,
  slot: number,
): Origin {
  const last = history.at(-1)
  if (!facts || !isPresent(byte)) return last ? madeBy(last, history) : { kind: 'missing' }
  if (last && last.kind !== 'late') return madeBy(last, history)
  const grown = growth.findLast(({ runs }) => runs.some((run) => holds(run, channel, slot)))
  const knownAt = last?.at ?? (grown ? new Date(grown.at) : facts.row.known_from)
  // A value made on another channel of the quarter-hour took the source of the slot with it.
  const source = facts.loaded.sources[slot] ?? past.findLast(({ sources }) => sources[slot])?.sources[slot]
  return source ? { kind: 'frame', trace: traceRef(source), knownAt } : { kind: 'load', knownAt }
}

function holds(run: Growth['runs'][number], channel: Channel, slot: number): boolean {
  const inMask = (run.mask >> channels.indexOf(channel)) & 1
  return inMask === 1 && slot >= run.fromSlot && slot < run.fromSlot + run.count
}

// A run goes on while one thing made it: the rows of one exchange, one change, or nothing.
function joinRun(runs: ExplainedRun[], next: ExplainedRun): void {
  const last = runs.at(-1)
  if (!last || last.to !== next.from || originKey(last) !== originKey(next)) {
    runs.push(next)
    return
  }
  runs[runs.length - 1] = { ...last, to: next.to, slots: last.slots + 1, sum: last.sum + next.sum }
}

function originKey({ origin, quality, flags, history }: ExplainedRun): string {
  const steps = history.map((step) => `${step.at.getTime()}/${step.version}`).join()
  const own =
    origin.kind === 'frame'
      ? origin.trace.split('.')[0]
      : origin.kind === 'made'
        ? `${origin.step.at.getTime()}/${origin.measured?.trace.split('.')[0] ?? ''}`
        : origin.kind
  return [origin.kind, own, quality, flags.join('+'), steps].join('|')
}
