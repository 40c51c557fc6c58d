// What the register knows of meters and networks on a day, as the arithmetic of balances wants it.

import { addDays, type DayBlock } from '@contor/intervals'
import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'
import { type LegalRule, ruleOf } from '../legal/index.ts'
import { loadDays } from '../readings/index.ts'
import type { KnownPoint, Network } from './assess.ts'
import type { PointDay } from './balance.ts'
import { expectMissing, missingSlots } from './expected.ts'
import type { LineLoss, StationMetering } from './technical.ts'
import type { MeterFacts, Practice } from './uncertainty.ts'

/** Figures of practice that hold on a day. */
export type Figures = Practice & {
  readonly coverage: number
  readonly historyDays: number
  readonly historyFewest: number
}

/** @param law every row, as `listLegalRules` gives them: one reading serves a batch of days */
export function figuresOn(law: readonly LegalRule[], day: string): Figures {
  const of = (name: string) => ruleOf(law, name, day).value
  return {
    coverage: of('balance.coverage'),
    historyDays: of('balance.history.days'),
    historyFewest: of('balance.history.fewest'),
    estimateConfidence: of('balance.estimate.percent') / 100,
    flaggedClockS: of('balance.clock.seconds'),
  }
}

/** Which class counts for a meter and where it comes from. */
export type MeterClass = {
  readonly meteringPointId: string
  readonly feeder: string | null
  readonly meterClass: string
  readonly ctClass: string | null
  readonly vtClass: string | null
  readonly origin: 'certificate' | 'installation' | 'default'
  readonly source: string
  /** Limits of the relative error, 1/10000. */
  readonly limitsBp: readonly number[]
  readonly clockS: number
}

/**
 * The classes that count on a day for the points of a station: of the certificate, of the installation's record, or
 * the default of the model. Of two meters that stood there on that day the later one counts.
 */
export async function loadClasses(trx: Trx, stationId: string, day: string): Promise<MeterClass[]> {
  const points = await pointsOf(trx, stationId, day)
  const { rows: defaults } = await sql<Default>`
    select distinct on (model, kind) model, kind, meter_class as "meterClass", ct_class as "ctClass", vt_class as "vtClass", source
      from contor.accuracy_default where valid_from <= ${day} order by model, kind, valid_from desc`.execute(
    trx,
  )
  const { rows: limits } = await sql<{ device: string; class: string; bp: number }>`
    select distinct on (device, class) device, class, limit_bp as bp
      from contor.accuracy_class where valid_from <= ${day} order by device, class, valid_from desc`.execute(
    trx,
  )
  const limitOf = new Map(limits.map((row) => [`${row.device} ${row.class}`, row.bp]))
  return points.map((point) => {
    const fallback = defaultOf(defaults, point)
    const certified = point.certClass !== null
    const meterClass = point.certClass ?? point.installedClass ?? fallback.meterClass
    const ctClass = certified ? point.certCt : point.hasCt ? fallback.ctClass : null
    const vtClass = certified ? point.certVt : point.hasVt ? fallback.vtClass : null
    const limitsBp = [
      limitOf.get(`meter ${meterClass}`),
      ctClass === null ? undefined : limitOf.get(`ct ${ctClass}`),
      vtClass === null ? undefined : limitOf.get(`vt ${vtClass}`),
    ].filter((bp) => bp !== undefined)
    const origin = certified ? 'certificate' : point.installedClass ? 'installation' : 'default'
    const source = {
      certificate: point.certSource,
      installation: point.installedSource,
      default: fallback.source,
    }[origin]
    const { id: meteringPointId, feeder, clockS } = point
    return {
      meteringPointId,
      feeder,
      meterClass,
      ctClass,
      vtClass,
      origin,
      source: source ?? '',
      limitsBp,
      clockS,
    }
  })
}

type Default = {
  readonly model: string
  readonly kind: string
  readonly meterClass: string
  readonly ctClass: string
  readonly vtClass: string
  readonly source: string
}

type PointRow = {
  readonly id: string
  readonly feeder: string | null
  readonly kind: string
  readonly model: string | null
  readonly clockS: number
  readonly certClass: string | null
  readonly certCt: string | null
  readonly certVt: string | null
  readonly certSource: string | null
  readonly installedClass: string | null
  readonly installedSource: string | null
  readonly hasCt: boolean
  readonly hasVt: boolean
}

async function pointsOf(trx: Trx, stationId: string, day: string): Promise<PointRow[]> {
  const { rows } = await sql<PointRow>`
    select p.id, p.feeder, p.kind, m.model, coalesce(m.clock_deviation_s, 0) as "clockS",
           a.meter_class as "certClass", a.ct_class as "certCt", a.vt_class as "certVt", a.source as "certSource",
           i.accuracy_class as "installedClass", i.start_record as "installedSource",
           i.ct_primary is not null as "hasCt", i.vt_primary is not null as "hasVt"
      from contor.metering_point p
      left join lateral (
        select m.id, m.model, m.clock_deviation_s from contor.meter m
         where m.metering_point_id = p.id and (m.removed_at is null or m.removed_at >= ${day}::date)
         order by (m.removed_at is null), m.id limit 1) m on true
      left join lateral (
        select i.* from contor.meter_installation i
         where i.metering_point_id = p.id and i.meter_id = m.id and i.valid_from < ${day}::date + 1
         order by i.valid_from desc limit 1) i on true
      left join lateral (
        select a.* from contor.meter_accuracy a
         where a.metering_point_id = p.id and a.meter_id = m.id and a.valid_from <= ${day}
         order by a.valid_from desc, a.revision desc limit 1) a on true
     where p.station_id = ${stationId}`.execute(trx)
  return rows
}

/** The row of the model before that of all models, the row of the kind before that of all kinds. */
function defaultOf(defaults: readonly Default[], point: PointRow): Default {
  const fits = defaults
    .filter(
      (row) =>
        (row.model === point.model || row.model === '*') && (row.kind === point.kind || row.kind === '*'),
    )
    .sort((a, b) => rank(b) - rank(a))
  const [best] = fits
  if (!best) throw new Error('accuracy_default has no row for all models and kinds')
  return best
}
const rank = (row: Default) => Number(row.model !== '*') * 2 + Number(row.kind !== '*')

/** The points of a station on a day with everything that says how good their readings are. */
export async function knownPoints(
  trx: Trx,
  stationId: string,
  day: string,
  points: readonly PointDay[],
  figures: Figures,
  history: History,
): Promise<KnownPoint[]> {
  const classes = new Map((await loadClasses(trx, stationId, day)).map((row) => [row.meteringPointId, row]))
  const estimates = await loadEstimates(
    trx,
    points.map((p) => p.meteringPointId),
    day,
  )
  const known: KnownPoint[] = []
  for (const point of points) {
    const row = classes.get(point.meteringPointId)
    const facts: MeterFacts = {
      limits: (row?.limitsBp ?? []).map((bp) => bp / 10_000),
      clockS: row?.clockS ?? 0,
      estimates: estimates.get(point.meteringPointId) ?? [],
    }
    const missing = missingSlots(day, point.block)
    const expected =
      missing.length > 0
        ? (expectMissing(day, missing, await history(point.meteringPointId, day), figures.historyFewest) ??
          null)
        : undefined
    known.push({
      ...point,
      feeder: row?.feeder ?? null,
      facts,
      ...(expected === undefined ? {} : { expected }),
    })
  }
  return known
}

/**
 * Days of points before the days of one batch, each point loaded once: when a station is being read for the first
 * time, every point is missing on many days.
 */
export function historyOf(trx: Trx, days: readonly string[], figures: Figures) {
  const sorted = [...days].sort()
  const from = addDays(sorted[0], -figures.historyDays)
  const to = addDays(sorted[sorted.length - 1], -1)
  const loaded = new Map<string, Promise<DayBlock[]>>()
  return async (point: string, day: string): Promise<DayBlock[]> => {
    const blocks =
      loaded.get(point) ?? loadDays(trx, point, from, to).then((found) => found.map((each) => each.block))
    loaded.set(point, blocks)
    const first = addDays(day, -figures.historyDays)
    return (await blocks).filter((block) => block.day >= first && block.day < day)
  }
}
export type History = ReturnType<typeof historyOf>

async function loadEstimates(trx: Trx, points: readonly string[], day: string) {
  const { rows } = await sql<{ id: string; fromSlot: number; count: number; confidence: number }>`
    select metering_point_id as id, from_slot as "fromSlot", count, (estimate->>'confidence')::float8 as confidence
      from contor.gap
     where day = ${day} and metering_point_id = any(${[...points]}::bigint[]) and estimate ? 'confidence'
     order by id, opened_at desc`.execute(trx)
  return Map.groupBy(rows, (row) => row.id)
}

type MeteringRow = {
  readonly side: 'lv' | 'mv'
  readonly ratedKva: number
  readonly noLoadW: number | null
  readonly loadW: number | null
  readonly toleranceBp: number
  readonly powerFactorBp: number
  readonly ownUseW: number
}

/** How a station, or one feeder of it, is built on a day; what nobody has recorded is undefined. */
export async function loadNetwork(trx: Trx, stationId: string, day: string, feeder = ''): Promise<Network> {
  const { rows } = await sql<MeteringRow>`
    select m.side, s.rated_kva as "ratedKva", coalesce(m.no_load_w, t.no_load_w) as "noLoadW",
           coalesce(m.load_w, t.load_w) as "loadW", m.transformer_bp as "toleranceBp",
           m.power_factor_bp as "powerFactorBp", m.own_use_w as "ownUseW"
      from contor.station_metering m join contor.station s on s.id = m.station_id
      left join contor.transformer_class t on t.class = m.transformer_class and t.rated_kva = s.rated_kva
     where m.station_id = ${stationId} and m.valid_from <= ${day}
     order by m.valid_from desc, m.revision desc limit 1`.execute(trx)
  const lines = await sql<{ k: string; error: string }>`
    select k_per_twh as k, k_error as error from contor.station_line_loss
     where station_id = ${stationId} and feeder = ${feeder} and valid_from <= ${day}
     order by valid_from desc, revision desc limit 1`.execute(trx)
  const [row] = rows
  const [line] = lines.rows
  return { metering: row && meteringOf(row), line: line && lineOf(line) }
}

function meteringOf(row: MeteringRow): StationMetering | undefined {
  // Before the transformer its figures are needed; behind it they are not asked for.
  if (row.side === 'mv' && (row.noLoadW === null || row.loadW === null)) return undefined
  return {
    side: row.side,
    ratedKva: row.ratedKva,
    noLoadW: row.noLoadW ?? 0,
    loadW: row.loadW ?? 0,
    tolerance: row.toleranceBp / 10_000,
    powerFactor: row.powerFactorBp / 10_000,
    ownUseW: row.ownUseW,
  }
}

const lineOf = (row: { readonly k: string; readonly error: string }): LineLoss => ({
  k: Number(row.k) / perTwh,
  error: Number(row.error) / perTwh,
})

/** Stored unit of k: 10⁻¹² per Wh. */
export const perTwh = 1e12
