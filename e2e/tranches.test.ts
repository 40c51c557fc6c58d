// A limitation tranche, told whole: a list by rule, its rehearsal, an emergency run that sets the limiters of meters, the
// permits back, and the report; then an interruption of a station. In a browser and at a terminal, against meters of the
// virtual neighbourhood.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { openBrowser, seriousFindings } from './support/browser.ts'
import { inspect, signIn } from './support/pages.ts'
import { createSystem, type System, until } from './support/system.ts'

interface Rehearsal {
  limited: number
  reliefW: number
  members: { pod: string; limitW: number; approvedPowerW: number; excluded: string | null }[]
}
interface Report {
  run: { id: string; number: string; state: string }
  limited: number
  members: {
    pod: string
    limiter: string
    thresholdW: number | null
    trace: string | null
    held: string | null
  }[]
}

describe('limitation', { timeout: 600_000 }, () => {
  let system: System
  let browser: Browser
  let page: Page
  let operator = ''
  let second = ''
  let rehearsal: Rehearsal
  let number = ''
  const post = async (path: string, token: string, body?: object) => {
    const answer = await fetch(`${system.url}/api${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  const thresholdOf = async (pod: string) =>
    (await system.get<{ limiter: { thresholdW: number } | null }>(`/api/points/${pod}/power`, operator))
      .limiter?.thresholdW

  before(async () => {
    system = await createSystem({ meters: 40 })
    await system.start()
    operator = await system.token('operator')
    second = await system.token('admin')
    await until('limiters seen and as approved', async () => {
      const { items } = await system.get<{ items: object[] }>(
        '/api/power-cases?open=true&limit=100',
        operator,
      )
      const { items: points } = await system.get<{ items: { meterState: string }[] }>(
        '/api/metering-points?limit=100',
        operator,
      )
      const ready = points.filter(({ meterState }) => meterState === 'commissioned').length >= 25
      return ready && items.length <= 2 ? true : undefined
    })
    browser = await openBrowser()
    page = await signIn(browser, system, 'operator')
  })
  after(async () => {
    await browser?.close()
    await system.stop()
    await system.remove()
  })

  test('a list by rule is proposed in the browser, approved by another person, and rehearsed', async () => {
    await page.goto(`${system.url}/tranches`)
    await page.getByText('Nicio listă').waitFor()
    await page.getByRole('button', { name: 'Propune o listă' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Codul (NL-1)').fill('NL-1')
    await dialog.getByLabel('Denumirea').fill('Tranșa 1')
    await dialog.getByLabel('De la puterea de, kW').fill('1')
    await dialog.getByLabel('Cel mult, consumatori').fill('3')
    await dialog.getByLabel('Motivul').fill('normativul de limitare')
    await dialog.getByRole('button', { name: 'Caută consumatorii' }).click()
    await dialog.getByText(/3 consumatori/).waitFor()
    assert.deepEqual(await seriousFindings(page), [], 'proposal')
    await dialog.getByRole('button', { name: 'Propune lista' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByRole('link', { name: 'NL-1 v1' }).click()
    // Whoever proposed it does not approve it.
    assert.ok(await page.getByRole('button', { name: 'Aprobă lista' }).isDisabled())
    assert.equal((await post('/tranches/NL-1/1/approve', second, { reason: 'checked' })).status, 200)
    await page.reload()
    await page.getByText('Garda ar lăsa toate comenzile').waitFor()
    rehearsal = await system.get<Rehearsal>('/api/tranches/NL-1/rehearsal', operator)
    assert.equal(rehearsal.limited, 3)
    for (const { pod, approvedPowerW } of rehearsal.members)
      assert.equal(await thresholdOf(pod), approvedPowerW, 'nobody was touched')
    await look('/tranches', 'tranches', /NL-1/)
    await look('/tranches/NL-1', 'rehearsal', /Repetiție/)
  })

  test('an emergency run sets the limiters, which are read back; a lift gives the permits back', async () => {
    await page.goto(`${system.url}/tranches/NL-1`)
    await page.getByRole('button', { name: 'Propune aplicarea' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel(/Situație de urgență/).check()
    await dialog.getByLabel(/Care este urgența/).fill('ordinul DEN nr. 7')
    await dialog.getByLabel('Motivul').fill('deficit de putere')
    await dialog.getByRole('button', { name: 'Propune aplicarea' }).click()
    await page.getByRole('heading', { name: /LIM-\d{4}-000001/ }).waitFor()
    number = (await page.getByRole('heading', { name: /LIM-/ }).textContent()) ?? ''
    assert.ok(await page.getByRole('button', { name: 'Aprobă și anunță' }).isDisabled())
    assert.equal((await post(`/limitation-runs/${number}/approve`, second)).status, 200)
    const report = await until('every limiter read back', async () => {
      const now = await system.get<Report>(`/api/limitation-runs/${number}`, operator)
      return now.members.every(({ limiter }) => limiter === 'limited') ? now : undefined
    })
    assert.ok(report.members.every(({ trace }) => trace !== null))
    for (const { pod, limitW, approvedPowerW } of rehearsal.members) {
      assert.ok(limitW < approvedPowerW)
      assert.equal(await thresholdOf(pod), limitW)
    }
    await page.getByText('3 / 3').waitFor()
    await look(`/limitations/${number}`, 'run', /Limitatoare confirmate/)
    assert.match(await system.contor('tranche', 'run', number), /applied.*\n(.*limited.*\n){3}/)

    await page.getByRole('button', { name: 'Ridică limitarea' }).click()
    await page.getByRole('dialog').getByRole('textbox').fill('deficitul a trecut')
    await page.getByRole('dialog').getByRole('button', { name: 'Ridică limitarea' }).click()
    await until('every permit back', async () => {
      const now = await system.get<Report>(`/api/limitation-runs/${number}`, operator)
      return now.members.every(({ limiter }) => limiter === 'restored') ? now : undefined
    })
    for (const { pod, approvedPowerW } of rehearsal.members)
      assert.equal(await thresholdOf(pod), approvedPowerW)
    await page.getByText('ridicată').first().waitFor()
    await look(`/limitations/${number}`, 'report', /Raport/)
  })

  test('interruptions: a planned one with its notice, an accidental one until supply is back', async () => {
    await page.goto(`${system.url}/interruptions`)
    await page.getByRole('button', { name: 'Anunță o întrerupere' }).click()
    const dialog = page.getByRole('dialog')
    const on = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 16)
    await dialog.getByLabel('De la', { exact: true }).fill(on(1))
    await dialog.getByLabel('Motivul').fill('revizie')
    await dialog.getByRole('button', { name: 'Anunță o întrerupere' }).click()
    await dialog.getByRole('alert').waitFor()
    await dialog.getByLabel('De la', { exact: true }).fill(on(20))
    await dialog.getByRole('button', { name: 'Anunță o întrerupere' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByText('anunțată').waitFor()
    // One that has begun is told at once.
    await page.getByRole('button', { name: 'Anunță o întrerupere' }).click()
    await dialog.getByLabel('Felul').selectOption('accidental')
    await dialog.getByLabel('De la', { exact: true }).fill(on(-0.1))
    await dialog.getByLabel('Motivul').fill('cablu rupt')
    await dialog.getByRole('button', { name: 'Anunță o întrerupere' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByText('în curs').waitFor()
    await look('/interruptions', 'interruptions', /revizie/)
    await page.getByRole('button', { name: /S-a încheiat INT-/ }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'S-a încheiat' }).click()
    await page.getByText('încheiată').waitFor()
  })

  async function look(path: string, name: string, text: RegExp): Promise<void> {
    await page.goto(`${system.url}${path}`)
    await page.getByText(text).first().waitFor()
    await inspect(page, name)
  }
})
