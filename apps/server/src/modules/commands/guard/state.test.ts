// What holds when rows that nobody signed are written around those of persons.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { sql } from 'kysely'
import { asSystem, type Trx } from '../../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../../platform/testing/database.ts'
import { generateSigner } from '../signing.ts'
import { guardLimits, guardState, loosen, setLimit, tighten } from './state.ts'
import { refusedByLimits, rehearseReleases } from './usage.ts'

let database: TestDatabase
before(async () => {
  database = await createTestDatabase()
})
after(() => database.drop())

const signer = generateSigner()
const actor = { subject: 'user:o' } as Parameters<typeof loosen>[3]
const run = <T>(what: (trx: Trx) => Promise<T>): Promise<T> => asSystem(database.db, what)
const state = () => run((trx) => guardState(trx, signer.verifier, Date.now()))
/** As whoever reached the table would: newest, with any bytes for a signature. */
const flood = (kind: string, count: number) =>
  run((trx) =>
    sql`insert into contor.guard_event (at, kind, actor, approved_by, reason, until, signature)
        select clock_timestamp() - make_interval(secs => i / 1000000.0), ${kind}, 'user:a', 'user:b', 'x', now() + interval '3 hours', '\\x00'
          from generate_series(1, ${count}::int) i`.execute(trx),
  )

test('a stop and a freeze hold under any number of rows that pretend to open', async () => {
  await run((trx) => tighten(trx, 'stop', 'user:o', 'drill'))
  await run((trx) => tighten(trx, 'freeze', 'guard', 'drill'))
  for (const kind of ['resume', 'thaw', 'break-glass']) await flood(kind, 1_200)
  const held = await state()
  assert.equal(held.stopped?.reason, 'drill')
  assert.equal(held.frozen?.reason, 'drill')
  assert.equal(held.breakGlass, undefined)
  const input = { approvedBy: 'user:p', reason: 'over' }
  await run((trx) => loosen(trx, signer, 'resume', actor, input))
  await run((trx) => loosen(trx, signer, 'thaw', actor, input))
  const open = await state()
  assert.equal(open.stopped, undefined)
  assert.equal(open.frozen, undefined)
  // The signed row again, behind a new stop: it keeps its own time.
  await run((trx) => tighten(trx, 'stop', 'user:o', 'again'))
  await run((trx) =>
    sql`insert into contor.guard_event (at, kind, actor, approved_by, reason, until, signature)
        select at, kind, actor, approved_by, reason, until, signature from contor.guard_event
         where kind = 'resume' and length(signature) > 1`.execute(trx),
  )
  assert.equal((await state()).stopped?.reason, 'again')
})

test('a stop holds for a process whose clock is behind the database', async () => {
  await run((trx) => tighten(trx, 'stop', 'user:o', 'clock'))
  const behind = await run((trx) => guardState(trx, signer.verifier, Date.now() - 60_000))
  assert.equal(behind.stopped?.reason, 'clock')
})

test('break-glass is open until its end and not after', async () => {
  const until = new Date(Date.now() + 3_600_000)
  await run((trx) => loosen(trx, signer, 'break-glass', actor, { approvedBy: null, reason: 'fire', until }))
  assert.equal((await state()).breakGlass?.reason, 'fire')
  const later = await run((trx) => guardState(trx, signer.verifier, until.getTime() + 1))
  assert.equal(later.breakGlass, undefined)
})

test('a limit that two persons tightened is found among rows of nobody, and a flood of them holds everything', async () => {
  const change = { scope: 'all', windowS: 3_600, maxCount: 1, maxShare: 0, maxPowerShare: 0 } as const
  const rate = { ...change, scope: 'rate', factor: 3 } as const
  await run((trx) => setLimit(trx, signer, actor, 'user:p', { ...rate, windowS: 7_200, maxCount: 99 }, 'old'))
  await run((trx) => setLimit(trx, signer, actor, 'user:p', rate, 'storm'))
  await run((trx) => setLimit(trx, signer, actor, 'user:p', change, 'storm'))
  const forge = (count: number) =>
    run((trx) =>
      sql`insert into contor.guard_limit (scope, window_s, max_count, max_share, max_power_share, set_at, set_by, approved_by, reason, signature)
          select 'all', 3600, 1000000, 1, 1, clock_timestamp() + make_interval(secs => i), 'user:a', 'user:b', 'x', '\\x00'
            from generate_series(1, ${count}::int) i`.execute(trx),
    )
  await forge(900)
  const limits = await run((trx) => guardLimits(trx, signer.verifier))
  assert.equal(limits.limits.find(({ scope, windowS }) => scope === 'all' && windowS === 3_600)?.maxCount, 1)
  // The newest rate, whatever its window.
  assert.deepEqual(limits.rate, { windowS: 3_600, minimum: 1, factor: 3 })
  await forge(4_200)
  const flooded = await run((trx) => guardLimits(trx, signer.verifier))
  assert.match(flooded.unreadable ?? '', /guard_limit/)
  const place = { stationId: '1', feeder: null, approvedPowerW: 1 }
  const command = { meteringPointId: '1', id: randomUUID(), requestedBy: 'user:o', supplier: null }
  assert.equal(
    await run((trx) => refusedByLimits(trx, flooded, command, place, new Map())),
    flooded.unreadable,
  )
  assert.deepEqual(
    await run((trx) => rehearseReleases(trx, flooded, 'user:o', [{ ...place, meteringPointId: '1' }])),
    [flooded.unreadable],
  )
})
