// What a station's losses are worth, in a browser: the verdict before and after somebody says what the network takes.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { addDays, civilDayOf } from '@contor/intervals'
import type { Browser, Page } from 'playwright-core'
import { openBrowser } from './support/browser.ts'
import { inspect, signIn } from './support/pages.ts'
import { createSystem, type System, until } from './support/system.ts'

type List = { items: { verdict: string }[] }
const verdictWords: Record<string, string> = {
  more: 'neexplicat',
  'no-technical': 'rețea nedescrisă',
  less: 'sub zero',
  within: 'în limită',
  unknown: 'nu se poate judeca',
}
type Summary = { technicalWh: number | null; days: number }

describe('a balance in a browser', { timeout: 600_000 }, () => {
  let system: System
  let browser: Browser
  let page: Page
  let token: string
  let station: string
  const day = (back: number) => addDays(civilDayOf(Date.now()), -back)
  const summary = () =>
    system.get<Summary>(`/api/stations/${station}/balance/summary?from=${day(8)}&to=${day(2)}`, token)

  before(async () => {
    system = await createSystem({ meters: 30 })
    await system.start()
    token = await system.token('operator')
    await until('yesterday in the database', async () => {
      const found = await system.get<{ successRateYesterday: number }>('/api/collection/summary', token)
      return found.successRateYesterday > 0.7 ? found : undefined
    })
    const stations = await system.get<{ items: { id: string }[] }>('/api/stations', token)
    station = stations.items[0]?.id ?? ''
    await until('balances of the week', async () => ((await summary()).days === 7 ? true : undefined))
    browser = await openBrowser()
    page = await signIn(browser, system, 'operator')
  })
  after(async () => {
    await browser?.close()
    await system?.stop()
    await system?.remove()
  })

  test('the station says what its losses are worth, and what makes that uncertain', async () => {
    await page.goto(`${system.url}/network/${station}?days=7`)
    await page.getByRole('heading', { name: 'Ce se poate spune despre pierderi' }).waitFor()
    await page.getByText('postul nu e descris încă').waitFor()
    await page.getByRole('heading', { name: 'De unde vine incertitudinea' }).waitFor()
    assert.equal((await summary()).technicalWh, null)
    await inspect(page, 'balance-before')
  })

  test('the list says where energy is lost that nothing explains, and leads to the station', async () => {
    await page.goto(`${system.url}/losses`)
    const table = page.getByRole('region', { name: 'Posturi după pierderea neexplicată' })
    const row = table.getByRole('row').nth(1)
    await row.waitFor()
    const listed = await system.get<List>(`/api/balances?from=${day(7)}&to=${day(1)}`, token)
    assert.equal(listed.items.length, 1)
    const verdict = verdictWords[listed.items[0]?.verdict ?? '']
    await row.getByText(verdict ?? '', { exact: true }).waitFor()
    await inspect(page, 'losses')

    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'CSV' }).click(),
    ])
    assert.match(readFileSync(await file.path(), 'utf8'), /^station,name,[^\r]+\r\nPT/)

    await page.getByLabel('Arată').selectOption('Plecări')
    await page.waitForURL(/level=feeder/)
    await until('the feeders', async () => ((await table.getByRole('row').count()) > 4 ? true : undefined))
    await page.getByLabel('Cod, denumire, zonă').fill('niciunul')
    await page.getByText('Nicio balanță nu se potrivește').waitFor()
    await page.getByLabel('Cod, denumire, zonă').fill('')
    await row.getByRole('link').click()
    await page.waitForURL(new RegExp(`/network/${station}.*feeder=`))
    await page.getByRole('heading', { name: 'Ce se poate spune despre pierderi' }).waitFor()
  })

  test('once somebody says what the network takes, that part is apart and the rest is judged', async () => {
    await page.goto(`${system.url}/network/${station}?days=7`)
    const form = page.getByRole('dialog')
    const why = async () => {
      await form.getByLabel('Din ziua').fill('2026-01-01')
      await form.getByLabel('Document').fill('PV 12')
      await form.getByLabel('Motiv').fill('fișa postului')
      await form.getByRole('button', { name: 'Înregistrează' }).click()
      await form.waitFor({ state: 'detached' })
    }
    await page.getByRole('button', { name: 'Măsurarea postului' }).click()
    await form.getByLabel('Unde stă contorul de balanță').selectOption('contor de balanță pe medie tensiune')
    await form.getByLabel('Consum propriu, W').fill('40')
    await form.getByRole('button', { name: 'Înregistrează' }).click()
    await form.getByText('alegeți o clasă sau scrieți cifrele de pe plăcuță').waitFor()
    await form.getByText('Scrieți cel puțin 3 caractere.').first().waitFor()
    await inspect(page, 'metering-form')
    await form.getByLabel('Unde stă contorul de balanță').selectOption('contor de balanță pe joasă tensiune')
    await why()

    await page.getByRole('button', { name: 'Pierderile liniilor' }).click()
    await form.getByLabel('k, 1/MWh', { exact: true }).fill('2')
    await form.getByLabel('Eroarea standard a lui k').fill('0,5')
    await why()
    await page.getByText('k = 2,000 ± 0,500 / MWh').waitFor()
    const known = await until('balances computed again', async () => {
      const found = await summary()
      return found.technicalWh !== null ? found : undefined
    })
    assert.ok((known.technicalWh ?? 0) > 0)

    await page.reload()
    await page.getByText('transformator, linii, consum propriu').waitFor()
    await inspect(page, 'balance-after')
  })
})
