// Runs of a tranche against real meters of the virtual neighbourhood, over sockets, with collector and both engines.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { civilDayOf } from '@contor/intervals'
import { sql } from 'kysely'
import pg from 'pg'
import { type Actor, asSystem, type Trx, withActor } from '../../platform/index.ts'
import { generateSigner, recordLimitation, tighten } from '../commands/index.ts'
import { createWorld, until, type World, type WorldPoint } from '../orders/testing/world.ts'
import { startPowerEngine } from '../power/index.ts'
import { advanceTranches } from './engine.ts'
import { decideTranche, type Member, membersOf, pickMembers, proposeTranche } from './plan.ts'
import { rehearse } from './rehearse.ts'
import { reportRun } from './report.ts'
import { approveRun, cancelRun, findRun, liftRun, proposeRun } from './run.ts'

let world: World
let power: { stop(): Promise<void> }
before(async () => {
  world = await createWorld(4)
  power = startPowerEngine(world.engine)
  await until(async () => {
    const { rows } = await system((trx) =>
      sql<{
        n: number
      }>`select count(*)::int as n from contor.limiter_watch where matched_at is not null`.execute(trx),
    )
    return rows[0]?.n === 4
  }, 'every limiter seen')
})
after(async () => {
  await power.stop()
  await world.close()
})

const one: Actor = { subject: 'user:7', role: 'operator', scope: 'all', name: 'One', locale: 'ro' }
const two: Actor = { ...one, subject: 'user:8', name: 'Two' }
const hour = 3_600_000
const system = <T>(fn: (trx: Trx) => Promise<T>) => asSystem(world.db, fn)
const as = <T>(actor: Actor, fn: (trx: Trx) => Promise<T>) => withActor(world.db, actor, fn)
const refused = (code: string) => (error: { code?: string }) => error.code === code
let ahead = 0
const now = () => Date.now() + ahead
const tranches = () => ({
  db: world.db,
  signer: world.signer,
  log: world.engine.log,
  now: async () => now(),
})
const settled = (done: () => Promise<boolean> | boolean, what: string) =>
  until(async () => {
    await advanceTranches(tranches())
    return done()
  }, what)
const kindsOf = async ({ id }: WorldPoint) => {
  const { rows } = await system((trx) =>
    sql<{ kind: string }>`
      select kind from contor.message where metering_point_id = ${id} and about = 'limitation' and recipient not like 'supplier:%'
       order by created_at, kind`.execute(trx),
  )
  return rows.map(({ kind }) => kind)
}
const limitationsOf = async (cause: string) => {
  const { rows } = await system((trx) =>
    sql<{ n: number }>`select count(*)::int as n from contor.limitation where cause = ${cause}`.execute(trx),
  )
  return rows[0]?.n
}

/** Ends the connection that applies a run when it stands before its second limitation: what a process leaves that dies. */
async function diesWhileApplying(): Promise<void> {
  const owner = new pg.Client({ connectionString: world.ownerUrl })
  await owner.connect()
  await owner.query(`
    create function contor.stand_still() returns trigger language plpgsql as $$
    begin
      if (select count(*) from contor.limitation where cause = new.cause) > 0 then perform pg_sleep(60); end if;
      return new;
    end $$;
    create trigger stand_still before insert on contor.limitation for each row execute function contor.stand_still()`)
  try {
    const advancing = advanceTranches(tranches())
    await until(async () => {
      const { rows } = await owner.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`,
      )
      return rows.length > 0
    }, 'it stands before its second limitation')
    assert.equal(await advancing, 0)
  } finally {
    await owner.query('drop trigger stand_still on contor.limitation; drop function contor.stand_still()')
    await owner.end()
  }
}
const permits = new Map<string, number>()
const members = async (): Promise<Member[]> => {
  const day = civilDayOf(Date.now())
  const rule = { stationIds: [], leastW: 0, reducePercent: 60, technologicalPercent: 50, safetyPercent: 10 }
  return as(one, (trx) => pickMembers(trx, world.signer.verifier, rule, day))
}
const propose = async (code: string, chosen: readonly Member[], plannedW = 1_000, kind: 'NL' | 'DM' = 'NL') =>
  as(one, (trx) =>
    proposeTranche(trx, one, {
      code,
      kind,
      number: 1,
      title: 'A tranche',
      plannedW,
      reason: 'normativ',
      members: chosen.map((m) => ({ ...m, meteringPoint: m.meteringPointId })),
    }),
  )
const approved = async (code: string, chosen: readonly Member[]) => {
  const { version } = await propose(code, chosen)
  return as(two, (trx) => decideTranche(trx, two, { code, version }, 'approved', 'checked'))
}

test('a list is approved by another person, as it was proposed; a promise is no more than its members give', async () => {
  const chosen = await members()
  assert.equal(chosen.length, 4)
  for (const m of chosen) permits.set(m.meteringPointId, m.normalW)
  const possible = chosen.reduce(
    (all, m) => all + m.normalW - Math.max(m.normalW - m.reduceW, m.technologicalW),
    0,
  )
  await assert.rejects(propose('NL-1', chosen, possible + 1), refused('invalid-request'))
  const listed = await propose('NL-1', chosen, possible)
  const ref = { code: 'NL-1', version: listed.version }
  await assert.rejects(
    as(one, (trx) => decideTranche(trx, one, ref, 'approved', 'mine')),
    refused('not-allowed'),
  )
  // Nobody runs what was not approved.
  const run = {
    code: 'NL-1',
    startsAt: now() + 25 * hour,
    endsAt: now() + 27 * hour,
    emergency: null,
    reason: 'gap',
  }
  await assert.rejects(
    as(one, (trx) => proposeRun(trx, one, run, now())),
    refused('conflict'),
  )
  const first = chosen[0] as Member
  await system(async (trx) => {
    await sql`insert into contor.tranche_member (metering_point_id, code, version, normal_w, reduce_w, technological_w, safety_w, by)
              values (${world.points.find((p) => p.serial === null)?.id ?? '0'}, 'NL-1', ${listed.version}, 9000, 8000, 1000, 0, 'hand')`.execute(
      trx,
    )
  })
  await assert.rejects(
    as(two, (trx) => decideTranche(trx, two, ref, 'approved', 'looked')),
    refused('conflict'),
  )
  assert.ok(first.normalW > 0)
})

test('rehearsal, announcement, warning, application, end: limiters follow and the drift check keeps them', async () => {
  const chosen = await members()
  const [safe, ...rest] = chosen as [Member, ...Member[]]
  await system((trx) =>
    sql`insert into contor.point_protection (metering_point_id, kind, valid_from, reason, set_by)
        values (${safe.meteringPointId}, 'life-support', '2020-01-01', 'ventilator', 'user:1')`.execute(trx),
  )
  await approved('NL-2', chosen)
  const rehearsal = await as(one, (trx) => rehearse(trx, world.signer.verifier, chosen, one.subject, now()))
  assert.deepEqual([rehearsal.limited, rehearsal.excluded, rehearsal.guard.leave], [3, 1, 3])
  assert.equal(rehearsal.members.find((m) => m.excluded)?.meteringPointId, safe.meteringPointId)

  const input = (startsAt: number) => ({
    code: 'NL-2',
    startsAt,
    endsAt: startsAt + 2 * hour,
    emergency: null,
    reason: 'deficit',
  })
  await assert.rejects(
    as(one, (trx) => proposeRun(trx, one, input(now() + 23 * hour), now())),
    refused('invalid-request'),
  )
  const startsAt = now() + 24 * hour + 60_000
  const run = await as(one, (trx) => proposeRun(trx, one, input(startsAt), now()))
  await assert.rejects(
    as(one, (trx) => approveRun(trx, world.signer, one, run.id, now())),
    refused('not-allowed'),
  )
  await as(two, (trx) => approveRun(trx, world.signer, two, run.id, now()))
  const points = world.metered.filter(({ id }) => id !== safe.meteringPointId)
  const left = world.metered.find(({ id }) => id === safe.meteringPointId) as WorldPoint
  for (const point of points) assert.deepEqual(await kindsOf(point), ['limitation-announced'])
  assert.deepEqual(await kindsOf(left), [])
  assert.equal(await advanceTranches(tranches()), 0)

  ahead += 23 * hour + 46 * 60_000
  assert.equal(await advanceTranches(tranches()), 1)
  assert.equal((await system((trx) => findRun(trx, run.id))).state, 'warned')
  for (const point of points)
    assert.deepEqual(await kindsOf(point), ['limitation-announced', 'limitation-warning'])
  // Nobody's limiter before the warning is over.
  assert.equal(await advanceTranches(tranches()), 0)
  ahead += 16 * 60_000
  await diesWhileApplying()
  assert.deepEqual(
    [await limitationsOf(run.number), (await system((trx) => findRun(trx, run.id))).state],
    [0, 'warned'],
  )
  const limitOf = (point: WorldPoint) => {
    const member = rest.find((m) => m.meteringPointId === point.id) as Member
    return Math.max(member.normalW - member.reduceW, member.technologicalW)
  }
  await settled(
    () => points.every((point) => world.meter(point).state.limiterW === limitOf(point)),
    'limiters set',
  )
  assert.equal(world.meter(left).state.limiterW, permits.get(left.id))
  // Applied once, however often it is looked at.
  await advanceTranches(tranches())
  assert.equal(await limitationsOf(run.number), 3)
  const drifted = points[0] as WorldPoint
  world.meter(drifted).state.limiterW = permits.get(drifted.id) ?? 0
  await system((trx) =>
    sql`update contor.limiter_watch set threshold_w = ${permits.get(drifted.id)}, look = true, checked_at = clock_timestamp()
         where metering_point_id = ${drifted.id}`.execute(trx),
  )
  await settled(() => world.meter(drifted).state.limiterW === limitOf(drifted), 'the limit kept')
  let report = await as(one, (trx) => reportRun(trx, run, Date.now()))
  await settled(async () => {
    report = await as(one, async (trx) => reportRun(trx, await findRun(trx, run.id), Date.now()))
    return report.members.filter(({ limiter }) => limiter === 'limited').length === 3
  }, 'read back')
  assert.ok(
    report.members.filter(({ limiter }) => limiter === 'limited').every(({ trace }) => trace !== null),
  )

  ahead += 2 * hour
  await settled(
    () => points.every((point) => world.meter(point).state.limiterW === permits.get(point.id)),
    'permits back',
  )
  const ended = await system((trx) => findRun(trx, run.id))
  assert.deepEqual([ended.state, ended.endedBy], ['lifted', 'plan'])
  assert.deepEqual((await kindsOf(drifted)).at(-1), 'limitation-lifted')
  assert.equal(world.dark(), 0)
})

test('an emergency needs its reason and two persons, and no time; a stop holds the limiters, a lift takes back what waits', async () => {
  const chosen = (await members()).slice(0, 1)
  const point = world.metered.find(({ id }) => id === chosen[0]?.meteringPointId) as WorldPoint
  await approved('NL-3', chosen)
  await system((trx) => tighten(trx, 'stop', 'user:9', 'a drill'))
  const run = await as(one, (trx) =>
    proposeRun(
      trx,
      one,
      {
        code: 'NL-3',
        startsAt: now(),
        endsAt: now() + hour,
        emergency: 'order of the national dispatcher',
        reason: 'deficit',
      },
      now(),
    ),
  )
  await as(two, (trx) => approveRun(trx, world.signer, two, run.id, now()))
  await settled(async () => {
    const report = await as(one, async (trx) => reportRun(trx, await findRun(trx, run.id), Date.now()))
    return report.members[0]?.limiter === 'held'
  }, 'held by the stop')
  assert.equal(world.meter(point).state.limiterW, permits.get(point.id))
  await as(one, (trx) => liftRun(trx, one, run.id, 'over', now()))
  await settled(async () => {
    const { rows } = await system((trx) =>
      sql<{
        n: number
      }>`select count(*)::int as n from contor.relay_command where metering_point_id = ${point.id}
         and state in ('queued', 'released')`.execute(trx),
    )
    return rows[0]?.n === 0
  }, 'nothing waits')
  assert.equal(world.meter(point).state.limiterW, permits.get(point.id))
  assert.deepEqual((await kindsOf(point)).slice(-2), ['limitation-announced', 'limitation-lifted'])
})

test('what nobody sealed limits nobody: a run or a limitation written past the house is refused with an alarm', async () => {
  const [point] = world.metered as [WorldPoint]
  const alarms = async () => {
    const { rows } = await system((trx) =>
      sql<{ n: number }>`select count(*)::int as n from contor.guard_event where kind = 'alarm'`.execute(trx),
    )
    return rows[0]?.n ?? 0
  }
  const before = await alarms()
  await system((trx) =>
    recordLimitation(trx, generateSigner(), {
      meteringPointId: point.id,
      watts: 1,
      startsAt: new Date(Date.now() - 1_000),
      endsAt: new Date(Date.now() + hour),
      cause: 'forged',
      actor: 'user:7',
      approvedBy: 'user:8',
    }),
  )
  await settled(async () => (await alarms()) === before + 1, 'an alarm')
  await system((trx) =>
    sql`insert into contor.limitation_run (id, number, code, version, state, starts_at, ends_at, reason, notice_hours, warning_minutes,
          proposed_by, proposed_at, approved_by, warned_at, seal)
        values (gen_random_uuid(), 'LIM-X', 'NL-2', 1, 'warned', ${new Date(now() - hour)}, ${new Date(now() + hour)}, 'forged', 24, 15,
          'user:7', now(), 'user:8', ${new Date(now() - hour)}, ${Buffer.alloc(64)})`.execute(trx),
  )
  await advanceTranches(tranches())
  const forged = await system((trx) => findRun(trx, 'LIM-X'))
  assert.equal(forged.state, 'cancelled')
  assert.equal(await alarms(), before + 2)
  assert.equal(world.meter(point).state.limiterW, permits.get(point.id))
})

test('lists of disconnection are not run by limiters; a run that is not applied is taken back', async () => {
  const chosen = (await members()).slice(0, 1)
  const { version } = await propose('DM-1', chosen, 1_000, 'DM')
  await as(two, (trx) => decideTranche(trx, two, { code: 'DM-1', version }, 'approved', 'checked'))
  const times = { startsAt: now() + 25 * hour, endsAt: now() + 26 * hour, emergency: null, reason: 'deficit' }
  await assert.rejects(
    as(one, (trx) => proposeRun(trx, one, { code: 'DM-1', ...times }, now())),
    refused('conflict'),
  )
  const run = await as(one, (trx) => proposeRun(trx, one, { code: 'NL-3', ...times }, now()))
  await assert.rejects(
    as(one, (trx) => proposeRun(trx, one, { code: 'NL-3', ...times }, now())),
    refused('conflict'),
  )
  const cancelled = await as(one, (trx) => cancelRun(trx, one, run.id, 'not needed', now()))
  assert.equal(cancelled.state, 'cancelled')
  assert.equal((await as(one, (trx) => membersOf(trx, { code: 'DM-1', version }))).length, 1)
})
