import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { backoffMs, defaultBackoff } from './backoff.ts'
import { freePlaces, shareOut, type Turns } from './slots.ts'

type One = { readonly meterId: string; readonly lineId: string }
type Class = 'urgent' | 'asked' | 'ordinary' | 'reading'
const classes: readonly Class[] = ['urgent', 'asked', 'ordinary', 'reading']

const drawnBounds = fc
  .record({
    total: fc.integer({ min: 1, max: 40 }),
    reserved: fc.nat(6),
    readingShare: fc.constantFrom(0.1, 0.25, 0.5),
  })
  .map((bounds) => ({ ...bounds, reserved: Math.min(bounds.reserved, bounds.total - 1) }))
const drawnLines = fc.array(
  fc.record({
    maxSessions: fc.integer({ min: 1, max: 9 }),
    urgent: fc.nat(9),
    ordinary: fc.nat(9),
    reading: fc.nat(9),
  }),
  { minLength: 1, maxLength: 6 },
)
const drawnWaiting = fc.array(
  fc.record({ meter: fc.nat(60), line: fc.nat(5), class: fc.constantFrom(...classes) }),
  {
    maxLength: 120,
  },
)

test('no bound is passed, nobody starts twice, and no place stays empty that somebody could take', () => {
  fc.assert(
    fc.property(drawnLines, drawnWaiting, drawnBounds, (drawn, waits, bounds) => {
      const lines = drawn.map(({ maxSessions, urgent, ordinary, reading }, i) => ({
        lineId: String(i),
        maxSessions,
        running: urgent + ordinary + reading,
        ordinary,
        reading,
      }))
      const of = (kind: Class): One[] =>
        waits
          .filter((one) => one.class === kind)
          .map(({ meter, line }) => ({ meterId: `${meter}`, lineId: `${line % lines.length}` }))
      const waiting = {
        urgent: of('urgent'),
        asked: of('asked'),
        ordinary: of('ordinary'),
        reading: of('reading'),
      }
      const free = freePlaces(lines, bounds)
      const started = shareOut(lines, waiting, bounds)
      const all = classes.flatMap((kind) => started[kind])
      const shared = [...started.ordinary, ...started.reading]
      assert.equal(new Set(all.map(({ meterId }) => meterId)).size, all.length)
      assert.ok(all.length <= free.places && shared.length <= free.ordinary)
      const on = (list: readonly One[], lineId: string) => list.filter((one) => one.lineId === lineId).length
      for (const { lineId } of lines) {
        assert.ok(on(all, lineId) <= (free.byLine.get(lineId) ?? 0))
        assert.ok(on(shared, lineId) <= (free.ordinaryByLine.get(lineId) ?? 0))
      }
      const taken = new Set(all.map(({ meterId }) => meterId))
      for (const kind of classes)
        for (const { meterId, lineId } of waiting[kind]) {
          if (taken.has(meterId)) continue
          const lineLeft = (free.byLine.get(lineId) ?? 0) - on(all, lineId)
          const sharedLeft = (free.ordinaryByLine.get(lineId) ?? 0) - on(shared, lineId)
          const room =
            kind === 'urgent' || kind === 'asked'
              ? free.places - all.length > 0 && lineLeft > 0
              : free.places - all.length > 0 &&
                free.ordinary - shared.length > 0 &&
                Math.min(lineLeft, sharedLeft) > 0
          assert.ok(!room, `${kind} of line ${lineId} waits beside an empty place`)
        }
    }),
  )
})

/**
 * Rounds in which every class waits on every line without end; sessions end by chance.
 * @returns rounds that sessions of each class were under way, and starts, in total and by line
 */
function flood(
  sizes: readonly number[],
  bounds: { total: number; reserved: number; readingShare: number },
  waits: readonly Class[],
  random: () => number,
) {
  const turns: Turns = new Map()
  let running: (One & { readonly kind: Class })[] = []
  const held = new Map<string, number>()
  const starts = new Map<string, number>()
  const add = (to: Map<string, number>, name: string) => to.set(name, (to.get(name) ?? 0) + 1)
  let next = 0
  for (let round = 0; round < 400; round++) {
    running = running.filter(() => random() > 0.3)
    const lines = sizes.map((maxSessions, i) => {
      const here = running.filter(({ lineId }) => lineId === `${i}`)
      const count = (kind: Class) => here.filter((one) => one.kind === kind).length
      return {
        lineId: `${i}`,
        maxSessions,
        running: here.length,
        ordinary: count('ordinary'),
        reading: count('reading'),
      }
    })
    const queue = (kind: Class): One[] =>
      waits.includes(kind)
        ? sizes.flatMap((size, i) =>
            Array.from({ length: size }, () => ({ meterId: `${next++}`, lineId: `${i}` })),
          )
        : []
    const started = shareOut(
      lines,
      { urgent: queue('urgent'), asked: [], ordinary: queue('ordinary'), reading: queue('reading') },
      bounds,
      turns,
    )
    for (const kind of classes)
      for (const one of started[kind]) {
        running.push({ ...one, kind })
        add(starts, kind)
        add(starts, `${kind} ${one.lineId}`)
      }
    for (const { kind } of running) add(held, kind)
  }
  return { held: (name: string) => held.get(name) ?? 0, starts: (name: string) => starts.get(name) ?? 0 }
}

const drawnSizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 })
const seeded = (seed: number) => {
  let state = seed + 1
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

test('with commands without end reading has its share, and with reading without end commands have the rest', () => {
  fc.assert(
    fc.property(drawnSizes, drawnBounds, fc.nat(1_000_000), (sizes, bounds, seed) => {
      const { held, starts } = flood(sizes, bounds, ['ordinary', 'reading'], seeded(seed))
      const share = held('reading') / (held('reading') + held('ordinary'))
      assert.ok(share >= bounds.readingShare * 0.6, `reading has ${share} of the sessions`)
      assert.ok(held('ordinary') > 0 && share <= 0.75, `reading has ${share} of the sessions`)
      for (const i of sizes.keys()) {
        // Where the whole is smaller than the lines together, no line can count on its share in so few rounds.
        if (bounds.total - bounds.reserved < sizes.reduce((all, size) => all + size, 0)) continue
        assert.ok(starts(`reading ${i}`) > 0 && starts(`ordinary ${i}`) > 0, `line ${i} has both`)
      }
    }),
    { numRuns: 60 },
  )
})

test('with urgent commands without end reading keeps its part of the whole where lines have room', () => {
  const bounds = { total: 20, reserved: 4, readingShare: 0.25 }
  const { held } = flood([30, 30], bounds, ['urgent', 'ordinary', 'reading'], seeded(7))
  assert.ok(held('reading') / 400 > 3.5 && held('urgent') / 400 > 14)
  assert.equal(held('ordinary'), 0)
  const alone = flood([30, 30], bounds, ['urgent'], seeded(7))
  assert.ok(alone.held('urgent') / 400 > 19)
})

test('an urgent command takes the first place of its line', () => {
  const started = shareOut(
    [{ lineId: '1', maxSessions: 1, running: 0, ordinary: 0, reading: 0 }],
    {
      urgent: [{ meterId: 'u', lineId: '1' }],
      asked: [{ meterId: 'a', lineId: '1' }],
      ordinary: [{ meterId: 'o', lineId: '1' }],
      reading: [{ meterId: 'r', lineId: '1' }],
    },
    { total: 8, reserved: 2 },
  )
  assert.deepEqual(
    classes.map((kind) => started[kind].length),
    [1, 0, 0, 0],
  )
})

test('backoff grows to its cap and is never zero', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (n, r) => {
        const wait = backoffMs(n, r)
        assert.ok(wait >= defaultBackoff.baseMs / 5 && wait <= defaultBackoff.capMs)
      },
    ),
  )
  assert.equal(backoffMs(1, 0), 1000)
  assert.equal(backoffMs(60, 0.9999999), defaultBackoff.capMs)
})
