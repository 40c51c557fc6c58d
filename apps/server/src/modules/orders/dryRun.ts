// What a batch would do, before it does it: who would be dark, why each may or may not run, what the guard would say.

import { civilDayOf } from '@contor/intervals'
import { sql } from 'kysely'
import { type Actor, asSystem, ContorError, type Db, errorBody } from '../../platform/index.ts'
import { type OrderDesk, type OrderRequest, validateRequest } from './create.ts'
import { figuresOn, loadLaw } from './figures.ts'
import { judgeOrder, type Verdict } from './gate/gate.ts'
import { actionOf } from './machine.ts'
import { findCause, type Point } from './store.ts'

export interface DryRunItem {
  readonly requesterReference: string
  readonly type: string
  readonly meteringPoint: string
  readonly ok: boolean
  readonly error?: ReturnType<typeof errorBody>['error']
  readonly pod?: string
  readonly name?: string
  readonly address?: string
  readonly route?: 'remote' | 'field'
  readonly verdict?: Verdict
  readonly dark: boolean
}
export interface DryRun {
  readonly items: readonly DryRunItem[]
  readonly dark: {
    readonly points: number
    readonly powerW: number
    readonly protected: number
    readonly stations: readonly {
      readonly stationId: string
      readonly code: string
      readonly points: number
      readonly customers: number
      readonly powerW: number
      readonly totalPowerW: number
    }[]
  }
}

/** Judges a batch as if each had just been asked for; nothing is written. */
export async function dryRun(
  desk: OrderDesk,
  actor: Actor,
  requests: readonly OrderRequest[],
  now: number,
): Promise<DryRun> {
  const { db } = desk
  const items: DryRunItem[] = []
  const dark: Point[] = []
  const seen = new Set<string>()
  const law = await asSystem(db, loadLaw)
  for (const request of requests) {
    const head = {
      requesterReference: request.requesterReference,
      type: request.type,
      meteringPoint: request.meteringPoint,
    }
    try {
      const { point, cause: code, facts } = await validateRequest(desk, actor, request, now)
      const cause = await asSystem(db, (trx) =>
        findCause(trx, code, request.type, point, civilDayOf(now), law),
      )
      const verdict = judgeOrder(
        {
          type: request.type,
          createdAt: now,
          requestedBy: actor.subject,
          approvedBy: null,
          inBatch: requests.length > 1,
          facts,
        },
        point,
        cause,
        now,
        figuresOn(law, civilDayOf(now)),
      )
      const goesDark = actionOf(request.type) === 'disconnect' && !seen.has(point.id)
      if (goesDark) {
        seen.add(point.id)
        dark.push(point)
      }
      items.push({
        ...head,
        ok: true,
        pod: point.pod,
        name: point.name,
        address: point.address,
        route: point.integrated ? 'remote' : 'field',
        verdict,
        dark: goesDark,
      })
    } catch (error) {
      if (!(error instanceof ContorError)) throw error
      items.push({ ...head, ok: false, ...errorBody(error), dark: false })
    }
  }
  return { items, dark: { ...total(dark), stations: await byStation(db, dark) } }
}

const total = (points: readonly Point[]) => ({
  points: points.length,
  powerW: points.reduce((all, point) => all + point.approvedPowerW, 0),
  protected: points.filter(({ protections }) => protections.length > 0).length,
})

async function byStation(db: Db, points: readonly Point[]): Promise<DryRun['dark']['stations']> {
  const ids = [...new Set(points.map(({ stationId }) => stationId))]
  if (ids.length === 0) return []
  const { rows } = await asSystem(db, (trx) =>
    sql<{ stationId: string; code: string; customers: number; totalPowerW: string }>`
      select s.id as "stationId", s.code, count(*)::int as customers, coalesce(sum(p.approved_power_w), 0) as "totalPowerW"
        from contor.station s join contor.metering_point p on p.station_id = s.id
       where s.id = any(${ids}::bigint[]) and p.kind <> 'balance' group by s.id, s.code order by s.code`.execute(
      trx,
    ),
  )
  return rows.map((row) => {
    const here = points.filter(({ stationId }) => stationId === row.stationId)
    return { ...row, totalPowerW: Number(row.totalPowerW), points: here.length, powerW: total(here).powerW }
  })
}
