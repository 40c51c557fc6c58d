// Story 4 of orders, with the demonstration's own processes: the collector is killed between sending and the answer, then
// everything that holds the orders, then people change their mind while the command leaves. The relay counts for itself.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { createSystem, type System, until } from './support/system.ts'

interface Point {
  id: string
  pod: string
  kind: string
  feeder: string | null
  readingMode: string
  meterState: string
  yesterdayRate: number | null
}
interface Order {
  id: string
  number: string
  state: string
  timeline: { event: string; to: string }[]
  commands: { state: string; outcome: string | null; steps: { step: string }[] }[]
}
interface Shown {
  relay: string
  opened: number
}

describe('processes that die, and people who change their mind', { timeout: 900_000 }, () => {
  let system: System
  let token: string
  let points: Point[]

  const post = async <T>(path: string, body: object, status: number): Promise<T> => {
    const answer = await fetch(`${system.url}/api${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const text = await answer.text()
    assert.equal(answer.status, status, text)
    return JSON.parse(text) as T
  }
  const ask = (point: Point) =>
    post<Order>(
      '/orders',
      { type: 'DECO_C', meteringPoint: point.pod, requesterReference: `crash-${point.pod}` },
      201,
    )
  const read = (id: string) => system.get<Order>(`/api/orders/${id}`, token)
  const reach = (id: string, state: string) =>
    until(
      `order ${state}`,
      async () => {
        const found = await read(id)
        return found.state === state ? found : undefined
      },
      180_000,
    )
  const resident = async (...args: string[]) =>
    JSON.parse(await system.contor('resident', ...args, '--json')) as Shown
  const fault = async (point: Point, ...args: string[]) =>
    void (await system.contor('resident', 'fault', point.pod, ...args))
  const steps = ({ commands }: Order) => commands.flatMap((command) => command.steps.map(({ step }) => step))
  const moved = (point: Point) =>
    until('the relay moved', async () => {
      const shown = await resident('show', point.pod)
      return shown.opened > 0 ? shown : undefined
    })
  const next = () => {
    const point = points.shift()
    assert.ok(point, 'a house that is still lit')
    return point
  }

  before(async () => {
    system = await createSystem({ meters: 60 })
    await system.start()
    token = await system.token('operator')
    points = await until('houses on each feeder whose meters have been read', async () => {
      const { items } = await system.get<{ items: Point[] }>('/api/metering-points?limit=100', token)
      const good = items.filter(
        ({ kind, readingMode, meterState, yesterdayRate }) =>
          kind === 'household' &&
          readingMode === 'smart' &&
          meterState === 'commissioned' &&
          // Weeks of a meter that is made slow keep its line busy: a command waits for the session to end.
          yesterdayRate === 1,
      )
      return good.length >= 24 ? inTurns(good) : undefined
    })
  })
  after(async () => {
    await system.stop()
    await system.remove()
  })

  test('the collector dies after the command left and before its answer came: opened once, proven by reading back', async () => {
    const point = next()
    await fault(point, 'slow', '3000')
    const order = await ask(point)
    await moved(point)
    const [pid] = processes(system.dataFolder, 'serve --only collector')
    assert.ok(pid, 'the collector is a process of its own')
    process.kill(pid, 'SIGKILL')
    const left = await read(order.id)
    assert.deepEqual([left.state, left.commands[0]?.state], ['remote', 'released'])
    assert.ok(!steps(left).includes('acted'), steps(left).join())
    await fault(point, 'none')
    const closed = await reach(order.id, 'closed')
    assert.equal(steps(closed).filter((step) => step === 'released').length, 1, steps(closed).join())
    assert.equal(closed.timeline.filter(({ event }) => event === 'confirm').length, 1)
    assert.deepEqual(await resident('show', point.pod).then(({ relay, opened }) => [relay, opened]), [
      'open',
      1,
    ])
  })

  test('everything dies in that moment: the same, after a start', async () => {
    const point = next()
    await fault(point, 'slow', '3000')
    const order = await ask(point)
    await moved(point)
    await system.kill9()
    await until('the others have ended too', async () =>
      processes(system.dataFolder, 'serve --only').length === 0 ? true : undefined,
    )
    await system.start()
    await fault(point, 'none')
    const closed = await reach(order.id, 'closed')
    assert.equal(steps(closed).filter((step) => step === 'released').length, 1, steps(closed).join())
    assert.equal(closed.timeline.filter(({ event }) => event === 'confirm').length, 1)
    assert.deepEqual(await resident('show', point.pod).then(({ relay, opened }) => [relay, opened]), [
      'open',
      1,
    ])
  })

  test('taken back while it leaves: cancelled and lit, or executed and dark, and never otherwise', async () => {
    const ends = new Set<string>()
    for (const waitMs of [0, 150, 300, 450, 600, 900, 1_500]) {
      const point = next()
      const order = await ask(point)
      await new Promise((resolve) => setTimeout(resolve, waitMs))
      const answer = await fetch(`${system.url}/api/orders/${order.id}/cancel`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ reason: 'plătit la casierie' }),
      })
      assert.ok(answer.status === 200 || answer.status === 409, await answer.text())
      const ended = await until('the end of the order', async () => {
        const found = await read(order.id)
        return found.state === 'cancelled' || found.state === 'closed' ? found : undefined
      })
      const { relay, opened } = await resident('show', point.pod)
      assert.deepEqual(
        [ended.state, relay, opened],
        ended.state === 'cancelled' ? ['cancelled', 'closed', 0] : ['closed', 'open', 1],
        `${waitMs} ms: ${steps(ended).join()}`,
      )
      ends.add(ended.state)
    }
    assert.ok(ends.has('cancelled'), 'the first of them is taken back at once')
  })
})

/** One of each feeder in turn: the guard lets only so many of one go dark. */
function inTurns(points: readonly Point[]): Point[] {
  const byFeeder = Map.groupBy(points, ({ feeder }) => feeder)
  const longest = Math.max(...[...byFeeder.values()].map((group) => group.length))
  return Array.from({ length: longest }, (_, index) =>
    [...byFeeder.values()].flatMap((group) => group[index] ?? []),
  ).flat()
}

/** Process ids of this system whose command line holds the words. */
function processes(dataFolder: string, words: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return (
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').includes(words) &&
          readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`CONTOR_DATA=${dataFolder}`)
        )
      } catch {
        return false
      }
    })
    .map(Number)
}
