// From a number to what made it, in a real browser: a click or Enter on the curve, the versions of the day, and the
// curve as it was known before somebody edited it.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { openBrowser } from './support/browser.ts'
import { inspect, signIn } from './support/pages.ts'
import { createSystem, type System, until } from './support/system.ts'

describe('explaining in a browser', { timeout: 600_000 }, () => {
  let system: System
  let browser: Browser
  let page: Page
  let point: { id: string; name: string }
  const drawer = () => page.getByRole('dialog')

  before(async () => {
    system = await createSystem({ meters: 10 })
    await system.start()
    const operator = await system.token('operator')
    point = await until('a point with all of yesterday', async () => {
      const { items } = await system.get<{
        items: { id: string; name: string; meterState: string; yesterdayRate: number }[]
      }>('/api/metering-points?limit=100', operator)
      return items.find((item) => item.meterState === 'commissioned' && item.yesterdayRate === 1)
    })
    browser = await openBrowser()
    page = await signIn(browser, system, 'operator')
  })
  after(async () => {
    await browser?.close()
    await system?.stop()
    await system?.remove()
  })

  test('a click on the curve, and Enter on it, tell where the quarter-hour comes from', async () => {
    await page.goto(`${system.url}/points/${point.id}`)
    const curve = page.getByRole('application')
    await curve.locator('canvas').first().waitFor()
    await page.waitForTimeout(500)
    const box = await curve.boundingBox()
    assert.ok(box)
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 3)
    await drawer().getByText('De unde vine acest număr').waitFor()
    await drawer()
      .getByText(/Sferturi de oră: 1 măsurate/)
      .waitFor()
    await page.keyboard.press('Escape')
    await drawer().waitFor({ state: 'detached' })
    await curve.focus()
    await page.keyboard.press('Enter')
    await drawer()
      .getByText(/Sferturi de oră: 1 măsurate/)
      .waitFor()
    await drawer()
      .getByRole('button', { name: /arată cadrul/i })
      .click()
    await drawer().getByText('general-glo-ciphering').first().waitFor()
    await page.keyboard.press('Escape')
    await drawer().waitFor({ state: 'detached' })
  })

  test('an edit is in the chain with reason and author, and the day can be seen as it was before', async () => {
    const operator = await system.token('operator')
    const { items } = await system.get<{ items: { start: string; value: number }[] }>(
      `/api/metering-points/${point.id}/intervals?from=${day(2)}&to=${day(2)}`,
      operator,
    )
    const chosen = items.slice(40, 44)
    const made = await fetch(`${system.url}/api/edits`, {
      method: 'POST',
      headers: { authorization: `Bearer ${operator}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        ...{ meteringPointId: point.id, from: chosen[0].start, to: items[44].start },
        ...{ operation: { kind: 'fill', value: 7_125 }, reason: 'proba din laborator' },
      }),
    })
    assert.equal(made.status, 201, await made.text())
    const from = Date.parse(chosen[0].start)
    await page.goto(`${system.url}/points/${point.id}?explain=${point.id}.A%2B.${from}.${from + 900_000}`)
    await drawer()
      .getByText(/proba din laborator/)
      .first()
      .waitFor()
    await drawer().getByText('7,125 kWh').first().waitFor()
    // What was measured is one press away from the value that stands in its place.
    await drawer().getByText('În locul valorii măsurate').waitFor()
    await drawer()
      .getByRole('button', { name: /arată cadrul/i })
      .click()
    await drawer().getByText('general-glo-ciphering').first().waitFor()
    await page.goto(`${system.url}/points/${point.id}?explain=${point.id}.A%2B.${from}.${from + 900_000}`)
    await drawer().getByText('7,125 kWh').first().waitFor()
    const versions = drawer().getByRole('region', { name: 'Versiunile zilei' })
    await versions.getByText('Sferturi schimbate: 4').waitFor()
    await inspect(page, 'explain')
    await versions.getByRole('button', { name: 'Cum era înainte' }).click()
    await drawer().waitFor({ state: 'detached' })
    const difference = page.getByRole('region', { name: 'Diferența față de azi' })
    await difference.getByText('De atunci s-au schimbat zile: 1, valori: 4.').waitFor()
    const gained = 4 * 7_125 - chosen.reduce((all, { value }) => all + value, 0)
    const total = difference.getByRole('row', { name: /Total/ })
    assert.equal(milli(await total.getByRole('cell').last().textContent()), gained)
    await inspect(page, 'known')
  })

  test('before the first reading nothing was known; one press leads back to today', async () => {
    await page.getByLabel('Cum era cunoscut la sfârșitul zilei').fill(day(60))
    await page.getByText('Încă nicio valoare').waitFor()
    await page.getByRole('button', { name: 'Cum este azi' }).click()
    await page.getByRole('application').locator('canvas').first().waitFor()
    assert.equal(await page.getByRole('region', { name: 'Diferența față de azi' }).count(), 0)
  })
})

const day = (back: number) => new Date(Date.now() - back * 86_400_000).toISOString().slice(0, 10)

/** '28,105 kWh' and '2.810,500 kWh' as Wh. */
const milli = (text: string | null) => Number((text ?? '').replace(/[^\d−-]/g, '').replace('−', '-'))
