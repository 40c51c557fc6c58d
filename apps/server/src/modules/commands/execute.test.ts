// The machine of commands under faults at every step, against the invariant: a relay acts once, and never after a
// command was cancelled. The book keeps what the tables keep; the meter is late, deaf, stuck or restarts.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Command, CommandKind, CommandState } from './command.ts'
import {
  type CommandDesk,
  type CommandEnd,
  executeCommand,
  type SwitchPort,
  type SwitchState,
} from './execute.ts'

const settleMs = 30_000
/** A meter that acts late does so within this: less than what a release waits to settle. */
const latestMs = 20_000

class Crash extends Error {}

/** Deterministic random numbers in [0, 1) (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

interface World {
  now: number
  readonly random: () => number
  /** Chance of a fault at each step. */
  readonly faults: number
}

/** A relay in control mode 3, with its operations counted, behind a line that loses things. */
function createMeter(world: World, stuck: boolean) {
  let output = true
  let control = 1
  let opened = 0
  let made = 0
  const pending: { at: number; act: () => void }[] = []
  const open = () => {
    if (stuck) return
    if (output) opened++
    output = false
    control = 0
  }
  const prepare = () => {
    if (control === 0) {
      control = 2
      made++
    }
  }
  const settle = () => {
    for (const late of pending.splice(0))
      if (late.at <= world.now) late.act()
      else pending.push(late)
  }
  async function ask<T>(answer: () => T): Promise<{ value: T; exchangeId: number }> {
    world.now += 50
    settle()
    if (world.random() < world.faults) throw new Error('the line broke')
    return { value: answer(), exchangeId: 1 }
  }
  async function act(what: () => void) {
    world.now += 50
    settle()
    const fate = world.random()
    // Lost on the way there; lost on the way back; late; taken.
    if (fate < world.faults) throw new Error('nothing came')
    if (fate < world.faults * 2) {
      what()
      throw new Error('the answer was lost')
    }
    if (fate < world.faults * 3) {
      pending.push({ at: world.now + world.random() * latestMs, act: what })
      if (world.random() < 0.5) throw new Error('timeout')
      return { value: { taken: true as const }, exchangeId: 2 }
    }
    if (fate < world.faults * 3.5)
      return { value: { taken: false as const, refusal: 'temporary-failure' }, exchangeId: 2 }
    what()
    return { value: { taken: true as const }, exchangeId: 2 }
  }
  const port: SwitchPort = {
    readSwitch: () =>
      ask((): SwitchState => ({ relayOutput: output, relayControl: control, controlMode: 3 })),
    readLoad: () => ask(() => ({ currentA: output ? 4 : 0, voltageV: 230 })),
    disconnect: () => act(open),
    reconnect: () => act(prepare),
    setLimiter: () => act(() => {}),
  }
  return {
    port,
    get opened() {
      return opened
    },
    get made() {
      return made
    },
    get output() {
      settle()
      return output
    },
    settleAll() {
      world.now += 2 * settleMs
      settle()
    },
  }
}

/** The table of commands, as desk.ts and release.ts keep it. */
function createBook(world: World, kind: CommandKind) {
  const row = {
    state: 'queued' as CommandState,
    releases: 0,
    nextAt: 0,
    settlesAt: null as Date | null,
    cancelRequestedAt: null as Date | null,
    stopped: false,
    end: undefined as CommandEnd | undefined,
  }
  const crash = () => {
    if (world.random() < world.faults / 2) throw new Crash()
  }
  const load = (): Command => ({
    meteringPointId: '1',
    id: '00000000-0000-4000-8000-000000000000',
    meterId: '1',
    kind,
    parameters: {},
    orderId: null,
    requestedBy: 'user:1',
    approvedBy: null,
    supplier: null,
    urgent: false,
    createdAt: new Date(0),
    notBefore: new Date(0),
    expiresAt: new Date(1e12),
    signature: new Uint8Array(),
    contacts: 0,
    releasedAt: null,
    ...row,
  })
  const desk: CommandDesk = {
    async release() {
      crash()
      if (row.state !== 'queued' && row.state !== 'released') return 'over'
      if (row.cancelRequestedAt) {
        row.state = 'cancelled'
        return 'over'
      }
      if (row.stopped) {
        row.nextAt = world.now + 120_000
        return 'held'
      }
      row.state = 'released'
      row.releases++
      row.settlesAt = new Date(world.now + settleMs)
      row.nextAt = world.now + settleMs
      crash()
      return 'go'
    },
    async note() {
      crash()
    },
    async finish(end) {
      crash()
      if (row.state !== 'queued' && row.state !== 'released') return
      row.state = end.state
      row.end = end
      crash()
    },
    async settleLater() {
      crash()
      if (row.state === 'released') row.nextAt = Math.max(world.now + 10_000, row.settlesAt?.getTime() ?? 0)
    },
  }
  return {
    row,
    load,
    desk,
    cancel() {
      if (row.state !== 'queued' && row.state !== 'released') return 'over'
      row.cancelRequestedAt ??= new Date(world.now)
      if (row.state === 'queued') row.state = 'cancelled'
      return row.state === 'cancelled' ? 'cancelled' : 'too-late'
    },
  }
}

async function run(
  seed: number,
): Promise<{ state: CommandState; releases: number; opened: number; cancelled: string }> {
  const random = randomFrom(seed)
  const world: World = { now: 1_000, random, faults: random() < 0.3 ? 0 : random() * 0.25 }
  const stuck = random() < 0.05
  const meter = createMeter(world, stuck)
  const book = createBook(world, 'disconnect')
  const cancelAt = random() < 0.5 ? Math.floor(random() * 40) : -1
  let cancelled = 'none'
  let calls = 0
  let openedWhenCancelled = 0
  const between = () => {
    if (calls++ === cancelAt) {
      cancelled = book.cancel()
      openedWhenCancelled = meter.opened
    }
    if (random() < 0.01) book.row.stopped = !book.row.stopped
  }
  // A cancellation may come between any two steps of port and desk.
  const port = wrap(meter.port, between)
  const desk = wrap(book.desk, between)
  for (let sessions = 0; sessions < 60; sessions++) {
    if (book.row.state !== 'queued' && book.row.state !== 'released') break
    // A session that comes early, for another reason, must not judge what has not settled.
    world.now = random() < 0.2 ? world.now + 1_000 : Math.max(world.now, book.row.nextAt)
    if (sessions > 40) book.row.stopped = false
    try {
      await executeCommand(book.load(), port, desk, {
        now: () => world.now,
        pause: async (ms) => {
          world.now += ms
        },
        policy: { readBacks: 3, readBackPauseMs: 1_000, maxReleases: 3, openCurrentA: 0.5 },
      })
    } catch (error) {
      if (!(error instanceof Crash)) world.now += 5_000
    }
  }
  meter.settleAll()
  const { state, releases } = book.row
  assert.ok(meter.opened <= 1, `the relay opened ${meter.opened} times`)
  if (cancelled === 'cancelled') {
    assert.equal(state, 'cancelled')
    assert.equal(meter.opened, openedWhenCancelled, 'the relay moved after its command was cancelled')
    assert.equal(meter.opened, 0)
  }
  if (state === 'cancelled') assert.equal(meter.output, true, 'cancelled, and the light went out')
  if (state === 'done') assert.equal(meter.output, false, 'done, and the light is on')
  if (state === 'queued') assert.equal(releases, 0)
  assert.ok(releases <= 3)
  if (stuck) assert.notEqual(state, 'done')
  return { state, releases, opened: meter.opened, cancelled }
}

function wrap<T extends object>(target: T, between: () => void): T {
  return new Proxy(target, {
    get(object, name) {
      const value = Reflect.get(object, name)
      if (typeof value !== 'function') return value
      return async (...args: unknown[]) => {
        between()
        const result = await value.apply(object, args)
        between()
        return result
      }
    },
  })
}

test('acts once, never after cancel: 100,000 random runs with faults at every step', async () => {
  const seen = new Map<string, number>()
  for (let seed = 1; seed <= 100_000; seed++) {
    const { state, releases, cancelled } = await run(seed).catch((error: Error) => {
      error.message = `seed ${seed}: ${error.message}`
      throw error
    })
    for (const key of [state, `releases ${releases}`, `cancel ${cancelled}`])
      seen.set(key, (seen.get(key) ?? 0) + 1)
  }
  // The runs went where it is dangerous: repeated, cancelled before and too late, failed, unknown.
  for (const key of [
    'done',
    'failed',
    'cancelled',
    'releases 2',
    'releases 3',
    'cancel cancelled',
    'cancel too-late',
  ])
    assert.ok((seen.get(key) ?? 0) > 300, `${key}: ${seen.get(key) ?? 0} of 100,000`)
})

test('a relay that says open while current flows is no success', async () => {
  const world: World = { now: 0, random: () => 1, faults: 0 }
  const meter = createMeter(world, false)
  const book = createBook(world, 'disconnect')
  const welded: SwitchPort = {
    ...meter.port,
    readLoad: async () => ({ value: { currentA: 7 }, exchangeId: 3 }),
  }
  await executeCommand(book.load(), welded, book.desk, {
    now: () => world.now,
    pause: async () => {},
    policy: { readBacks: 2, readBackPauseMs: 0, maxReleases: 2, openCurrentA: 0.5 },
  })
  assert.equal(book.row.end?.state, 'failed')
  assert.equal(book.row.end?.state === 'failed' && book.row.end.code, 'current-flows')
})

test('modes: a reconnection that would close by itself does not leave; a relay without control fails', async () => {
  const cases: readonly [CommandKind, number, boolean, string][] = [
    ['reconnect', 2, false, 'would-close'],
    ['reconnect', 4, false, 'would-close'],
    ['reconnect', 3, false, 'go'],
    ['reconnect', 4, true, 'go'],
    ['disconnect', 0, false, 'no-relay'],
    ['disconnect', 4, false, 'go'],
  ]
  for (const [kind, controlMode, closesRemotely, expected] of cases) {
    let acted = false
    let end: CommandEnd | undefined
    const seen = {
      relayOutput: kind === 'disconnect',
      relayControl: kind === 'disconnect' ? 1 : 0,
      controlMode,
    }
    const take = async () => {
      acted = true
      return { value: { taken: true as const }, exchangeId: 1 }
    }
    const port: SwitchPort = {
      readSwitch: async () => ({ value: seen, exchangeId: 1 }),
      readLoad: async () => ({ value: {}, exchangeId: 1 }),
      disconnect: take,
      reconnect: take,
      setLimiter: take,
    }
    const world: World = { now: 0, random: () => 1, faults: 0 }
    const book = createBook(world, kind)
    const desk = {
      ...book.desk,
      finish: async (how: CommandEnd) => {
        end = how
      },
    }
    const policy = { readBacks: 1, readBackPauseMs: 0, maxReleases: 1, openCurrentA: 0.5 }
    await executeCommand({ ...book.load(), parameters: { closesRemotely } }, port, desk, {
      now: () => 0,
      pause: async () => {},
      policy,
    })
    assert.equal(
      acted ? 'go' : end?.state === 'failed' && end.code,
      expected,
      `${kind} in mode ${controlMode}`,
    )
  }
})

test('a limiter that opened the relay is not a disconnection: the command still acts', async () => {
  let acts = 0
  let control = 2
  const world: World = { now: 0, random: () => 1, faults: 0 }
  const book = createBook(world, 'disconnect')
  const port: SwitchPort = {
    readSwitch: async () => ({
      value: { relayOutput: false, relayControl: control, controlMode: 3 },
      exchangeId: 1,
    }),
    readLoad: async () => ({ value: { currentA: 0 }, exchangeId: 1 }),
    disconnect: async () => {
      acts++
      control = 0
      return { value: { taken: true }, exchangeId: 1 }
    },
    reconnect: async () => ({ value: { taken: true }, exchangeId: 1 }),
    setLimiter: async () => ({ value: { taken: true }, exchangeId: 1 }),
  }
  const context = {
    now: () => 0,
    pause: async () => {},
    policy: { readBacks: 1, readBackPauseMs: 0, maxReleases: 1, openCurrentA: 0.5 },
  }
  await executeCommand(book.load(), port, book.desk, context)
  assert.equal(acts, 1)
  assert.deepEqual(
    [book.row.state, book.row.end?.state === 'done' && book.row.end.outcome],
    ['done', 'confirmed'],
  )
})
