// A newcomer's first quarter of an hour: the system comes up on the virtual neighbourhood, collects without
// a click, and every value leads back to its frame. The same system then dies in mid-collection and returns.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createSystem, type System, until } from './support/system.ts'

interface Summary {
  meters: number
  metersRead: number
  expectedIntervals: number
  presentIntervals: number
  gapIntervals: number
  successRateYesterday: number
}
interface Point {
  id: string
  pod: string
  name: string
  kind: string
  readingMode: string
  serial: string | null
  meterState: string | null
}
interface Interval {
  start: string
  end: string
  value: number | null
  quality: string
  flags: string[]
  trace: string | null
}
interface Trace {
  ref: string
  frames: { direction: string; hex: string }[]
  decoded: unknown
}

const yesterday = () => new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)

describe('the main job, from one command', { timeout: 600_000 }, () => {
  let system: System
  let operator: string
  let point: Point

  before(async () => {
    system = await createSystem({ meters: 30 })
    await system.start()
    operator = await system.token('operator')
  })
  after(async () => {
    await system.stop()
    await system.remove()
  })

  test('it is alive, ready, and asks who one is', async () => {
    assert.equal((await fetch(`${system.url}/api/health/live`)).status, 200)
    const answer = await fetch(`${system.url}/api/collection/summary`)
    assert.equal(answer.status, 401)
    const body = (await answer.json()) as { error: { code: string; message: string; remedy?: string } }
    assert.ok(body.error.message.length > 10)
  })

  test('meters are read without a click, kill -9 in mid-collection included', async () => {
    await until('the first intervals', async () => {
      const summary = await system.get<Summary>('/api/collection/summary', operator)
      return summary.presentIntervals > 0 ? summary : undefined
    })
    await system.kill9()
    await system.start()
    operator = await system.token('operator')
    const summary = await until('most meters being read', async () => {
      const now = await system.get<Summary>('/api/collection/summary', operator)
      return now.metersRead >= now.meters * 0.7 && now.successRateYesterday > 0.7 ? now : undefined
    })
    assert.equal(summary.presentIntervals + summary.gapIntervals, summary.expectedIntervals)
  })

  test('a smart household has every quarter-hour of yesterday, each with its frame', async () => {
    const { items } = await system.get<{ items: Point[] }>('/api/metering-points?limit=100', operator)
    assert.ok(items.length >= 30)
    const commissioned = items.filter(
      (item) => item.meterState === 'commissioned' && item.readingMode === 'smart',
    )
    assert.ok(commissioned.length >= 10)
    let complete = 0
    for (const candidate of commissioned) {
      const answer = await system.get<{ items: Interval[] }>(
        `/api/metering-points/${candidate.id}/intervals?channel=A%2B&from=${yesterday()}&to=${yesterday()}&resolution=15m`,
        operator,
      )
      if (answer.items.length > 0 && answer.items.every((item) => item.value !== null)) {
        complete += 1
        point = candidate
        assert.ok([92, 96, 100].includes(answer.items.length))
        for (const item of answer.items) assert.ok(item.trace, `no trace at ${item.start}`)
      }
    }
    assert.ok(complete >= commissioned.length * 0.7, `${complete} of ${commissioned.length} are complete`)
  })

  test('hours and days are the sums of their quarter-hours', async () => {
    const series = async (resolution: string) =>
      await system.get<{ items: Interval[] }>(
        `/api/metering-points/${point.id}/intervals?channel=A%2B&from=${yesterday()}&to=${yesterday()}&resolution=${resolution}`,
        operator,
      )
    const total = (items: Interval[]) => items.reduce((sum, item) => sum + (item.value ?? 0), 0)
    const quarters = total((await series('15m')).items)
    assert.equal(total((await series('1h')).items), quarters)
    assert.equal(total((await series('1d')).items), quarters)
  })

  test('a trace shows the frame, decoded, without keys', async () => {
    const { items } = await system.get<{ items: Interval[] }>(
      `/api/metering-points/${point.id}/intervals?channel=A%2B&from=${yesterday()}&to=${yesterday()}&resolution=15m`,
      operator,
    )
    const value = items[40]!
    const trace = await system.get<Trace>(`/api/traces/${value.trace}`, operator)
    assert.ok(trace.frames.some((frame) => frame.direction === 'received' && frame.hex.length > 20))
    const text = JSON.stringify(trace.decoded)
    assert.match(text, /general-glo-ciphering|glo-get-response/)
    assert.ok(text.includes(String(value.value)), 'the stored value stands in the decoded frame')
  })

  test('read now overtakes and shows its exchange', async () => {
    const answer = await fetch(`${system.url}/api/metering-points/${point.id}/reads`, {
      method: 'POST',
      headers: { authorization: `Bearer ${operator}`, 'content-type': 'application/json' },
      body: JSON.stringify({ items: ['registers', 'clock'] }),
    })
    assert.equal(answer.status, 202)
    const { id } = (await answer.json()) as { id: string }
    const done = await until('the reading', async () => {
      const read = await system.get<{ state: string; steps: { kind: string }[] }>(
        `/api/reads/${id}`,
        operator,
      )
      return read.state === 'done' || read.state === 'failed' ? read : undefined
    })
    assert.equal(done.state, 'done')
    assert.ok(done.steps.some((step) => step.kind === 'value'))
  })

  test('a third-party token reads one metering point and nothing else', async () => {
    const answer = await fetch(`${system.url}/api/tokens`, {
      method: 'POST',
      headers: { authorization: `Bearer ${operator}`, 'content-type': 'application/json' },
      body: JSON.stringify({ meteringPointId: point.id, label: 'energy adviser' }),
    })
    assert.ok(answer.ok, await answer.clone().text())
    const { token } = (await answer.json()) as { token: string }
    const list = await system.get<{ items: Point[] }>('/api/metering-points', token)
    assert.deepEqual(
      list.items.map((item) => item.id),
      [point.id],
    )
    const own = await system.get<{ items: Interval[] }>(
      `/api/metering-points/${point.id}/intervals?channel=A%2B&from=${yesterday()}&to=${yesterday()}&resolution=1d`,
      token,
    )
    assert.ok(own.items.length > 0)
    const all = await system.get<{ items: Point[] }>('/api/metering-points?limit=100', operator)
    const other = all.items.find((item) => item.id !== point.id)!
    const refused = await fetch(
      `${system.url}/api/metering-points/${other.id}/intervals?channel=A%2B&from=${yesterday()}&to=${yesterday()}`,
      {
        headers: { authorization: `Bearer ${token}` },
      },
    )
    assert.ok([403, 404].includes(refused.status))
    const summary = await fetch(`${system.url}/api/collection/summary`, {
      headers: { authorization: `Bearer ${token}` },
    })
    assert.equal(summary.status, 403)
    const commanded = await fetch(`${system.url}/api/metering-points/${point.id}/reads`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{}',
    })
    assert.equal(commanded.status, 403)
  })

  test('bad input names the field, the value and the remedy', async () => {
    const answer = await fetch(
      `${system.url}/api/metering-points/${point.id}/intervals?channel=A%2B&from=2026-13-01&to=2026-01-01`,
      { headers: { authorization: `Bearer ${operator}` } },
    )
    assert.equal(answer.status, 400)
    const { error } = (await answer.json()) as { error: { field?: string; message: string; remedy?: string } }
    assert.match(`${error.field} ${error.message}`, /from/)
    assert.ok(error.remedy)
  })

  test('the interface is described as OpenAPI 3.1', async () => {
    const document = await system.get<{ openapi: string; paths: Record<string, unknown> }>(
      '/api/openapi.json',
      operator,
    )
    assert.match(document.openapi, /^3\.1/)
    for (const path of ['/api/collection/summary', '/api/metering-points', '/api/traces/{ref}']) {
      assert.ok(document.paths[path], path)
    }
  })
})
