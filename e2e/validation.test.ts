// Exceptions as work and rules as data, in a real browser: marks belong to one filter, a filter is one thing to act on,
// and a limit is drafted, tried on stored days and put in force with its reason.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { openBrowser } from './support/browser.ts'
import { inspect, look, signIn } from './support/pages.ts'
import { createSystem, type System, until } from './support/system.ts'

interface Rule {
  rule: string
  version: number
  state: string
  severity: string
  parameters: Record<string, unknown>
  appliesTo: Record<string, string>
  decidedBy: string
  reason: string
}
interface Group {
  key: string
  label: string
  exceptions: number
}

describe('rules and exceptions in a browser', { timeout: 600_000 }, () => {
  let system: System
  let browser: Browser
  let page: Page
  let operator = ''
  let analyst = ''
  const groups = async (query: string) =>
    (await system.get<{ items: Group[] }>(`/api/exceptions/groups?${query}`, operator)).items
  const versions = async (rule: string) =>
    (await system.get<{ items: Rule[] }>('/api/validation/rules', operator)).items.filter(
      (one) => one.rule === rule,
    )

  before(async () => {
    system = await createSystem({ meters: 40 })
    await system.start()
    operator = await system.token('operator')
    analyst = await system.token('analyst')
    await until('stored days', async () => {
      const summary = await system.get<{ successRateYesterday: number }>('/api/collection/summary', operator)
      return summary.successRateYesterday > 0.5 ? summary : undefined
    })
    browser = await openBrowser()
    page = await signIn(browser, system, 'operator')
  })
  after(async () => {
    await browser?.close()
    await system?.stop()
    await system?.remove()
  })

  test('what is marked belongs to its filter; a day is asked of the server; all of a filter is one act', async () => {
    const days = await until('exceptions of two days', async () => {
      const found = await groups('by=day&status=open')
      return found.length >= 2 ? found : undefined
    })
    await page.goto(`${system.url}/exceptions?by=day`)
    const list = page.getByRole('region', { name: 'Una câte una' })
    const first = list.getByRole('checkbox').first()
    await first.check()
    await page.getByText('1 alese').waitFor()
    // Choosing a day asks the server for that day and forgets the mark.
    const [day] = days
    assert.ok(day)
    const asked = page.waitForRequest((request) => request.url().includes(`day=${day.key}`))
    await page.goto(`${system.url}/exceptions?by=day&key=${day.key}`)
    await asked
    await page.getByText('0 alese').waitFor()
    // Back in the page, without loading it anew: the mark of one state does not reach the other.
    await list.getByRole('checkbox').first().check()
    await page.getByText('1 alese').waitFor()
    await page.getByText('Preluate', { exact: true }).click()
    await page.getByText('0 alese').waitFor()
    await page.getByText('Deschise', { exact: true }).click()
    await page.getByText('0 alese').waitFor()
    await inspect(page, 'exceptions')
    const before = (await groups(`by=day&status=open&day=${day.key}`))[0]?.exceptions ?? 0
    await page.getByRole('button', { name: 'Toate din acest filtru' }).click()
    await page.getByText(/toate alese, \d/).waitFor()
    await page.getByRole('button', { name: 'Preia', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Motiv').fill('vedem mâine cu echipa')
    await dialog.getByRole('button', { name: 'Preia' }).click()
    await dialog.waitFor({ state: 'detached' })
    const taken = (await groups(`by=day&status=acknowledged&day=${day.key}`))[0]?.exceptions ?? 0
    assert.ok(taken >= before && taken > 0, `${taken} taken of ${before}`)
    const others = (await groups('by=day&status=acknowledged')).filter(({ key }) => key !== day.key)
    assert.deepEqual(others, [], 'other days are untouched')

    // Somebody else gets all of that day, and finds it under the own name.
    await page.goto(`${system.url}/exceptions?by=day&state=acknowledged&key=${day.key}`)
    await page.getByRole('button', { name: 'Toate din acest filtru' }).click()
    await page.getByRole('button', { name: 'Dă cuiva', exact: true }).click()
    await dialog.getByLabel('Cui').selectOption({ label: 'Andrei Năstase, Analist' })
    await dialog.getByLabel('Motiv').fill('cunoaște postul')
    await look(page, 'exceptions-assign')
    await dialog.getByRole('button', { name: 'Dă cuiva' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.goto(`${system.url}/exceptions?by=person`)
    await page
      .getByRole('region', { name: 'După cauză' })
      .getByRole('button', { name: 'Andrei Năstase' })
      .click()
    await inspect(page, 'exceptions-person')
    const ofAnalyst = async () =>
      (await groups('by=person')).find(({ label }) => label === 'Andrei Năstase')?.exceptions
    assert.equal(await ofAnalyst(), taken)
    // One of them goes back to the common list from its own line.
    await page
      .getByTitle(/Dă cuiva abaterea/)
      .first()
      .click()
    await dialog.getByLabel('Cui').selectOption('nobody')
    await dialog.getByLabel('Motiv').fill('nu este a lui')
    await dialog.getByRole('button', { name: 'Dă cuiva' }).click()
    await dialog.waitFor({ state: 'detached' })
    assert.equal(await ofAnalyst(), taken - 1)
  })

  test('a limit is changed: drafted, tried on stored days, put in force with who it hits and why', async () => {
    await page.goto(`${system.url}/rules`)
    await page.getByRole('link', { name: 'Peste limita fizică' }).click()
    await page.getByRole('button', { name: 'Editează ca versiune nouă' }).click()
    const limit = page.getByLabel('Toleranță, %')
    await limit.fill('trei')
    await page.getByText('Scrieți un număr.').waitFor()
    assert.equal(await page.getByRole('button', { name: 'Încearcă' }).isDisabled(), true)
    // So low that somebody always fails it.
    await limit.fill('-99,9')
    await page.getByLabel('Fel de loc').selectOption('household')
    await page.getByRole('button', { name: 'Încearcă' }).click()
    await page.getByText('Locuri care ar cădea', { exact: true }).waitFor()
    const only = page.getByRole('heading', { name: /Cad numai cu limitele încercate: \d/ })
    await only.waitFor()
    // The trial is a job with an address: it is there after a reload, and in the list of trials.
    await page.getByText('încheiată').first().waitFor()
    await page.reload()
    await only.waitFor()
    await page.locator('a[href*="/points/"]').first().waitFor()
    await limit.fill('-99,9')
    await page.getByLabel('Fel de loc').selectOption('household')
    assert.deepEqual((await versions('over-limit')).length, 1, 'a trial writes nothing')
    await inspect(page, 'rule')
    await page.getByLabel('Gravitate').selectOption('info')
    await page.getByLabel('Motiv').fill('proba din toamnă')
    await page.getByRole('button', { name: 'Salvează ciorna' }).click()
    const draft = page.getByRole('listitem').filter({ hasText: 'Versiunea 2' })
    await draft.getByText('ciornă').waitFor()
    assert.deepEqual(
      (await versions('over-limit')).map(({ version, state }) => [version, state]),
      [
        [2, 'draft'],
        [1, 'live'],
      ],
    )
    await draft.getByRole('button', { name: 'Pune în vigoare' }).click()
    const dialog = page.getByRole('dialog')
    const confirm = dialog.getByRole('button', { name: 'Pune în vigoare' })
    await dialog.getByLabel('Motiv').fill('hotărârea din 23 noiembrie')
    await dialog.getByText('Locuri care ar cădea').waitFor()
    await look(page, 'rule-activate')
    await confirm.click()
    await dialog.waitFor({ state: 'detached' })
    const [live] = await versions('over-limit')
    assert.ok(live)
    assert.deepEqual(
      [live.version, live.state, live.severity, live.parameters, live.appliesTo, live.reason],
      [
        2,
        'live',
        'info',
        { tolerancePercent: -99.9 },
        { segment: 'household' },
        'hotărârea din 23 noiembrie',
      ],
    )
    assert.match(live.decidedBy, /^user:/)
    await page.getByText('hotărârea din 23 noiembrie').waitFor()
  })

  test('the list of rules says limits with units, on desktop and phone, and tells groups apart', async () => {
    await page.goto(`${system.url}/rules`)
    await page.getByRole('link', { name: 'Fără consum' }).waitFor()
    await inspect(page, 'rules')
    await page.getByText('absență 30 zile').waitFor()
    await page.getByLabel('Pentru cine').selectOption({ label: 'casnic' })
    assert.equal(await page.getByRole('link', { name: 'Fără consum' }).count(), 0)
    await page.getByRole('link', { name: 'Peste limita fizică' }).waitFor()
    // A point tells which version judges it: the group's goes before everybody's.
    const { items } = await system.get<{ items: { id: string; kind: string }[] }>(
      '/api/metering-points?limit=50',
      operator,
    )
    const household = items.find(({ kind }) => kind === 'household')
    assert.ok(household)
    await page.goto(`${system.url}/points/${household.id}?tab=exceptions`)
    await page.getByText('Regulile care judecă acest loc').click()
    await page.getByText('Are întâietate față de versiunea: 1 (toate locurile).').waitFor()
    await inspect(page, 'point-rules')
    // An analyst reads and tries, and changes nothing.
    const refused = await fetch(`${system.url}/api/validation/rules/over-limit/versions/1/activate`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${analyst}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ reason: 'a trial' }),
    })
    assert.equal(refused.status, 403)
  })
})
