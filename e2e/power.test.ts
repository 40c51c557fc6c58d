// Over-power, told whole: the limiter opens the relay, the customer follows the steps for his meter, and the case closes
// by itself. On the virtual neighbourhood, with its own processes, at a terminal and in a browser.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { openBrowser, seriousFindings } from './support/browser.ts'
import { shoot, signIn } from './support/pages.ts'
import { createSystem, type System, until } from './support/system.ts'

interface Case {
  id: string
  kind: string
  state: string
  pod: string
  loadW: number | null
  approvedW: number
  thresholdW: number | null
  told: string[]
  closedBy: string | null
  timeline: { event: string; evidence: Record<string, unknown>; trace: string | null }[]
}
interface PointPower {
  approvedW: number
  limiter: { thresholdW: number; trace: string } | null
  history: { watts: number; atr: string | null }[]
}
interface Point {
  id: string
  pod: string
  kind: string
  readingMode: string
  meterState: string
  approvedPowerW: number
  prosumer?: boolean
}

describe('over-power', { timeout: 900_000 }, () => {
  let system: System
  let browser: Browser
  let page: Page
  let operator = ''
  let points: Point[] = []
  const cases = async (query: string) =>
    (await system.get<{ items: Case[] }>(`/api/power-cases?limit=100&${query}`, operator)).items
  const resident = async (...args: string[]) =>
    JSON.parse(await system.contor('resident', ...args, '--json')) as {
      relay: string
      display: string
      opened: number
      closed: number
    }

  before(async () => {
    system = await createSystem({ meters: 60 })
    await system.start()
    operator = await system.token('operator')
    points = await until('most meters commissioned', async () => {
      const { items } = await system.get<{ items: Point[] }>('/api/metering-points?limit=100', operator)
      return items.filter(({ meterState }) => meterState === 'commissioned').length >= 45 ? items : undefined
    })
    browser = await openBrowser()
    page = await signIn(browser, system, 'operator')
  })
  after(async () => {
    await browser?.close()
    await system.stop()
    await system.remove()
  })

  test('the meter that came with another threshold is programmed right after commissioning', async () => {
    const found = await until('the wrong limiter put right', async () =>
      (await cases('kind=threshold')).find(({ state }) => state === 'closed'),
    )
    assert.deepEqual([found.thresholdW, found.closedBy], [25_000, 'programmed'])
    const detail = await system.get<Case>(`/api/power-cases/${found.id}`, operator)
    assert.deepEqual(
      detail.timeline.map(({ event }) => event),
      ['opened', 'programming', 'closed'],
    )
    assert.equal(detail.timeline[0]?.evidence['why'], 'commissioning')
    const power = await system.get<PointPower>(`/api/points/${found.pod}/power`, operator)
    assert.equal(power.limiter?.thresholdW, power.approvedW)
    const trace = await fetch(`${system.url}/api/traces/${detail.timeline[2]?.trace}`, {
      headers: { authorization: `Bearer ${operator}` },
    })
    assert.equal(trace.status, 200)
  })

  test('trips on a power line and on GSM: steps for each meter, the customer’s hand, cases closed by themselves', async () => {
    const house = (mode: string) => {
      const found = points.find(
        (point) =>
          point.readingMode === mode && point.kind === 'household' && point.meterState === 'commissioned',
      )
      assert.ok(found, mode)
      return found
    }
    const plc = house('smart')
    const gsm = house('amr')
    for (const point of [plc, gsm]) await resident('load', point.pod, String(point.approvedPowerW + 2_000))
    const trips = await until('both trips told', async () => {
      const open = await cases('kind=over-power&state=open')
      const both = [plc, gsm].map(({ pod }) => open.find((one) => one.pod === pod))
      return both.every((one) => one?.told.includes('over-power')) ? (both as Case[]) : undefined
    })
    for (const [index, point] of [plc, gsm].entries()) {
      assert.equal(trips[index]?.loadW, point.approvedPowerW + 2_000)
      const shown = await resident('show', point.pod)
      assert.deepEqual([shown.relay, shown.display], ['open', 'Putere depășită'])
    }
    // The page tells the steps; desktop and phone, no serious finding.
    for (const [name, steps] of [
      ['plc', /Țineți apăsat butonul contorului 10 secunde/],
      ['gsm', /CONNECT/],
    ] as const) {
      const trip = trips[name === 'plc' ? 0 : 1]
      for (const [form, viewport] of [
        ['phone', { width: 390, height: 844 }],
        ['desktop', { width: 1440, height: 900 }],
      ] as const) {
        await page.setViewportSize(viewport)
        await page.goto(`${system.url}/power/${trip?.id}`)
        await page.getByText(steps).first().waitFor()
        await page.getByText(/Opriți aparatele/).waitFor()
        const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
        assert.ok(Number(overflow) <= 1, `${name} on ${form} scrolls sideways by ${overflow} px`)
        await shoot(page, `over-power-${name}-${form}`)
        assert.deepEqual(await seriousFindings(page), [], `${name} on ${form}`)
      }
    }
    // A button is no menu, and with the load still on the relay would open again: he unloads first.
    await resident('load', plc.pod, 'habits')
    await resident('load', gsm.pod, 'habits')
    assert.equal((await resident('press-button', gsm.pod, '--seconds', '10')).relay, 'open')
    assert.equal((await resident('press-button', plc.pod, '--seconds', '10')).relay, 'closed')
    assert.equal((await resident('menu', gsm.pod, 'connect')).relay, 'closed')
    await until('both cases closed', async () => {
      const closed = (await cases('kind=over-power&state=closed')).filter(({ id }) =>
        trips.some((trip) => trip.id === id),
      )
      return closed.length === 2 && closed.every(({ closedBy }) => closedBy === 'customer')
        ? closed
        : undefined
    })
    for (const [index, point] of [plc, gsm].entries()) {
      const detail = await system.get<Case>(`/api/power-cases/${trips[index]?.id}`, operator)
      assert.ok(detail.told.includes('over-power-ended'), JSON.stringify(detail.timeline))
      const shown = await resident('show', point.pod)
      assert.deepEqual([shown.relay, shown.opened, shown.closed], ['closed', 1, 1])
    }
    // Nothing that moves a relay was ever sent.
    assert.doesNotMatch(await system.contor('power', 'cases'), /No cases/)
  })

  test('a new permit is recorded on the point’s page and the limiter follows', async () => {
    const point = points.filter(
      ({ kind, meterState, readingMode }) =>
        kind === 'household' && meterState === 'commissioned' && readingMode === 'smart',
    )[3]
    assert.ok(point)
    const watts = point.approvedPowerW + 1_500
    await page.setViewportSize({ width: 1440, height: 900 })
    await page.goto(`${system.url}/points/${point.id}`)
    await page.getByRole('button', { name: 'Înregistrează ATR' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Putere avizată, kW').fill(String(watts / 1_000).replace('.', ','))
    await dialog.getByLabel('Numărul ATR').fill('ATR 77/2026')
    await dialog.getByLabel('Motivul').fill('pompă de căldură')
    assert.deepEqual(await seriousFindings(page), [], 'permit')
    await dialog.getByRole('button', { name: 'Înregistrează ATR' }).click()
    await dialog.waitFor({ state: 'detached' })
    const power = await until('the limiter programmed', async () => {
      const now = await system.get<PointPower>(`/api/points/${point.pod}/power`, operator)
      return now.limiter?.thresholdW === watts ? now : undefined
    })
    assert.deepEqual([power.approvedW, power.history[0]?.atr], [watts, 'ATR 77/2026'])
    assert.match(await system.contor('power', 'point', point.pod), new RegExp(`${watts} W after 60 s`))
    await page.getByText('ATR 77/2026').waitFor()
    await shoot(page, 'permit-desktop')
    // Too little for any installation, and from someone who may not.
    for (const [token, body, status] of [
      [operator, { watts: 10 }, 400],
      [await system.token('analyst'), { watts }, 403],
    ] as const) {
      const answer = await fetch(`${system.url}/api/points/${point.pod}/approved-power`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ ...body, atr: 'x', validFrom: '2026-01-01', reason: 'a trial' }),
      })
      assert.equal(answer.status, status)
    }
  })

  test('the list of cases is complete and accessible on desktop and phone', async () => {
    for (const [form, viewport] of [
      ['phone', { width: 390, height: 844 }],
      ['desktop', { width: 1440, height: 900 }],
    ] as const) {
      await page.setViewportSize(viewport)
      await page.goto(`${system.url}/power?state=all`)
      await page.getByRole('heading', { name: 'Putere' }).first().waitFor()
      await page.getByRole('link', { name: 'Putere depășită' }).first().waitFor()
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
      assert.ok(Number(overflow) <= 1, `list on ${form} scrolls sideways by ${overflow} px`)
      await shoot(page, `power-${form}`)
      assert.deepEqual(await seriousFindings(page), [], `list on ${form}`)
    }
  })
})
