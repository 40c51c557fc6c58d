// Sums, virtual meters and profiles in a browser: what the page shows is what the readings add up to, and a supplier
// has its own points only.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { openBrowser, seriousFindings } from './support/browser.ts'
import { inspect, signIn } from './support/pages.ts'
import { createSystem, type System, until } from './support/system.ts'

type Items<T> = { items: T[] }
type Curve = { members: number; values: number[]; starts: string[] }

describe('sums in a browser', { timeout: 600_000 }, () => {
  let system: System
  let browser: Browser
  let page: Page
  let token: string
  let pods: string[]
  const day = new Date(Date.now() - 2 * 86_400_000).toISOString().slice(0, 10)

  before(async () => {
    system = await createSystem({ meters: 30 })
    await system.start()
    token = await system.token('operator')
    await until('yesterday in the database', async () => {
      const summary = await system.get<{ successRateYesterday: number }>('/api/collection/summary', token)
      return summary.successRateYesterday > 0.7 ? summary : undefined
    })
    const points = await system.get<Items<{ pod: string; kind: string; readingMode: string }>>(
      '/api/metering-points?limit=100',
      token,
    )
    pods = points.items.filter(({ kind }) => kind !== 'balance').map(({ pod }) => pod)
    browser = await openBrowser()
    page = await signIn(browser, system, 'operator')
  })
  after(async () => {
    await browser?.close()
    await system?.stop()
    await system?.remove()
  })

  test('a station’s sum stands on the page as its points add up', async () => {
    await page.getByRole('navigation').getByRole('link', { name: 'Sume' }).click()
    await page.getByText('Alegeți ce locuri se însumează').waitFor()
    await page.getByLabel('Post de transformare').selectOption({ index: 1 })
    await page.getByRole('img', { name: /Grafic cu/ }).waitFor()
    const station = await page.getByLabel('Post de transformare').inputValue()
    await page.goto(`${system.url}/sums?station=${station}&from=${day}&to=${day}&resolution=1d`)
    const shown = page.getByRole('definition').first()
    await until('the sum of the day', async () =>
      /kWh/.test((await shown.textContent()) ?? '') ? true : undefined,
    )
    const sum = await system.get<Curve>(
      `/api/aggregates/curve?station=${station}&from=${day}&to=${day}&resolution=1d`,
      token,
    )
    // Each point alone, by the route of points.
    let naive = 0
    for (const pod of pods) {
      const one = await system.get<Curve>(
        `/api/aggregates/curve?points=${pod}&from=${day}&to=${day}&resolution=15m`,
        token,
      )
      naive += one.values.reduce((all, each) => all + each, 0)
    }
    assert.deepEqual([sum.members, sum.values[0]], [pods.length, naive])
    assert.ok(naive > 0)
    const text = new Intl.NumberFormat('ro-RO', { minimumFractionDigits: 1, maximumFractionDigits: 1 })
    assert.equal((await shown.textContent())?.replace(/\s/g, ' '), `${text.format(naive / 1000)} kWh`)
    await inspect(page, 'sums-curve')
  })

  test('the file of the page holds the same sum', async () => {
    const waiting = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Descarcă CSV' }).click()
    const lines = readFileSync(await (await waiting).path(), 'utf8')
      .trim()
      .split('\r\n')
    assert.equal(lines[0], 'start,Wh,expected,present,notMeasured')
    assert.equal(lines.length, 2)
  })

  test('a virtual meter is recorded and shows what it counted; a formula with a fault says where', async () => {
    await page.getByRole('tab', { name: 'Contoare virtuale' }).click()
    await page.getByRole('button', { name: 'Contor virtual nou' }).click()
    await page.getByLabel('Cod', { exact: false }).first().fill('strada')
    await page.getByLabel('Denumire').fill('Strada Mare')
    await page.getByLabel('Prima zi').fill(`${day.slice(0, 8)}01`)
    await page.getByLabel('Motiv').fill('balanța străzii')
    const quoted = pods.slice(0, 3).map((pod) => `"${pod}":A+`)
    await page.getByLabel('Formula').fill(`${quoted.join(' + ')} +`)
    await page.getByRole('button', { name: 'Salvează' }).click()
    await page.getByRole('alert').waitFor()
    assert.match((await page.getByRole('alert').textContent()) ?? '', /term is missing|lips/i)
    await page.getByLabel('Formula').fill(quoted.join(' + '))
    await page.getByRole('button', { name: 'Salvează' }).click()
    await page.getByRole('heading', { name: /Strada Mare/ }).waitFor()
    await page.getByRole('button', { name: 'Arată ultima săptămână' }).click()
    await page.getByRole('img', { name: /Grafic cu/ }).waitFor()
    await inspect(page, 'sums-virtual')
  })

  test('a profile is computed, taken away, edited and brought back as its second version', async () => {
    await page.getByRole('tab', { name: 'Profile' }).click()
    await page.getByRole('button', { name: 'Profil nou' }).click()
    await page.getByLabel('Cod', { exact: false }).first().fill('CASNIC')
    await page.getByLabel('Denumire').fill('Casnici')
    await page.getByLabel('Motiv').fill('cerere de la furnizor')
    await page.getByRole('button', { name: 'Calculează' }).click()
    await page.getByRole('heading', { name: /Casnici/ }).waitFor()
    await page.getByRole('button', { name: 'Arată o săptămână' }).click()
    await page.getByRole('img', { name: /Grafic cu 16[789]/ }).waitFor()
    await inspect(page, 'sums-profiles')
    const waiting = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Descarcă CSV' }).click()
    const file = await (await waiting).path()
    const edited = join(system.dataFolder, 'edited.csv')
    writeFileSync(edited, readFileSync(file, 'utf8').replace(/^1,working,0,\d+/m, '1,working,0,1'))
    await page.locator('input[type=file]').setInputFiles(edited)
    await page.getByLabel('Motiv').fill('convenit')
    await page.getByRole('button', { name: 'Înregistrează 864 rânduri' }).click()
    await page.getByText('editat din versiunea 1').waitFor()
    assert.deepEqual(await seriousFindings(page), [])
  })

  test('a supplier finds its own sum, and no one else’s', async () => {
    const supplier = await signIn(browser, system, 'supplier')
    await supplier.goto(`${system.url}/sums`)
    await supplier.getByRole('img', { name: /Grafic cu/ }).waitFor()
    await inspect(supplier, 'sums-supplier')
    assert.equal(await supplier.getByRole('tab', { name: 'Contoare virtuale' }).count(), 0)
    const own = await supplier.getByLabel('Furnizor').inputValue()
    const all = await system.get<Items<{ supplier: string }>>('/api/suppliers', token)
    const other = all.items.find(({ supplier: name }) => name !== own)?.supplier
    assert.ok(own !== '' && other !== undefined)
    await supplier.goto(`${system.url}/sums?supplier=${encodeURIComponent(other)}`)
    await supplier.getByRole('alert').waitFor()
    assert.equal(await supplier.getByRole('img', { name: /Grafic cu/ }).count(), 0)
    await supplier.close()
  })

  test('hours of a class of points over a week, in both sizes', async () => {
    await page.goto(`${system.url}/sums?kind=household`)
    await page.getByRole('img', { name: /Grafic cu 16[789]/ }).waitFor()
    await inspect(page, 'sums-week')
  })
})
