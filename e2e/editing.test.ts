// A person edits quarter-hours in a real browser: effect first, reason, one version more, and back.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { openBrowser, seriousFindings } from './support/browser.ts'
import { inspect, signIn } from './support/pages.ts'
import { createSystem, type System, until } from './support/system.ts'

describe('editing in a browser', { timeout: 600_000 }, () => {
  let system: System
  let browser: Browser
  let page: Page

  before(async () => {
    system = await createSystem({ meters: 10 })
    await system.start()
    const operator = await system.token('operator')
    await until('yesterday in the database', async () => {
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

  test('an operator edits an hour, sees the effect first, saves, and takes it back', async () => {
    const operator = await system.token('operator')
    const { items } = await system.get<{
      items: { id: string; meterState: string; yesterdayRate: number }[]
    }>('/api/metering-points?limit=100', operator)
    const point = items.find((item) => item.meterState === 'commissioned' && item.yesterdayRate === 1)
    assert.ok(point)
    await page.goto(`${system.url}/points/${point.id}?tab=edits`)
    const grid = page.getByRole('listbox', { name: 'Sferturile de oră ale zilei' })
    const slots = grid.getByRole('option')
    await slots.nth(8).click()
    const before = await slots.nth(8).textContent()
    for (let n = 0; n < 3; n++) await page.keyboard.press('Shift+ArrowRight')
    assert.equal(await grid.locator('[aria-selected=true]').count(), 4)
    await page.getByLabel(/valoare pe sfert/i).fill('7,125')
    const save = page.getByRole('button', { name: 'Salvează' })
    await page.getByLabel(/motiv/i).fill('proba din laborator')
    assert.equal(await save.isDisabled(), true, 'nothing is saved before its effect was shown')
    await page.getByRole('button', { name: 'Arată efectul' }).click()
    await page.getByText(/4 valori se schimbă/).waitFor()
    assert.deepEqual(await seriousFindings(page), [], 'edit form')
    await page.setViewportSize({ width: 390, height: 844 })
    assert.deepEqual(await seriousFindings(page), [], 'edit form on a phone')
    await page.setViewportSize({ width: 1440, height: 900 })
    await save.click()
    await grid.getByRole('option', { name: /7,125/ }).nth(3).waitFor()
    await page.getByRole('button', { name: 'Anulează editarea' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel(/motiv/i).fill('a fost doar o probă')
    await dialog.getByRole('button', { name: 'Anulează editarea' }).click()
    await page.getByText('anulată', { exact: true }).waitFor()
    await grid.getByRole('option', { name: /7,125/ }).first().waitFor({ state: 'detached' })
    assert.equal(await grid.getByRole('option').nth(8).textContent(), before)
  })

  test('a span is dragged on the curve, its values typed one by one or pasted from a sheet', async () => {
    const grid = page.getByRole('listbox', { name: 'Sferturile de oră ale zilei' })
    const curve = page.getByRole('application', { name: /Curba zilei/ })
    await curve.locator('canvas').first().waitFor()
    await curve.scrollIntoViewIfNeeded()
    const box = await curve.boundingBox()
    assert.ok(box)
    // 52 and 28 pixels beside the grid of the chart; a day of quarter-hours between them.
    const slotAt = (slot: number) => box.x + 52 + ((box.width - 80) * (slot + 0.5)) / 96
    await page.mouse.move(slotAt(40), box.y + box.height / 3)
    await page.mouse.down()
    await page.mouse.move(slotAt(41), box.y + box.height / 3)
    await page.mouse.move(slotAt(42), box.y + box.height / 3)
    await page.mouse.up()
    await until('three quarter-hours are chosen', async () =>
      (await grid.locator('[aria-selected=true]').count()) === 3 ? true : undefined,
    )
    await page.getByRole('combobox', { name: 'Operație' }).click()
    await page.getByRole('option', { name: 'Valori date una câte una' }).click()
    const fields = page.getByRole('group', { name: /Valori pe sfert de oră/ }).getByRole('textbox')
    assert.equal(await fields.count(), 3)
    await fields.first().focus()
    await page.evaluate(`{
      const clipboardData = new DataTransfer()
      clipboardData.setData('text', '6,001\\r\\n6,002\\r\\n6,003\\r\\n')
      document.activeElement.dispatchEvent(
        new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }),
      )
    }`)
    await fields.nth(1).fill('6,5')
    await page.getByRole('button', { name: 'Arată efectul' }).click()
    await page.getByText(/3 valori se schimbă/).waitFor()
    assert.deepEqual(await seriousFindings(page), [], 'values one by one')
    if (process.env['CONTOR_SCREENSHOTS'])
      await page.screenshot({ path: `${process.env['CONTOR_SCREENSHOTS']}/edit-values.png`, fullPage: true })
    await page.getByLabel('Motiv', { exact: true }).first().fill('citite de pe afișaj')
    await page.getByRole('button', { name: 'Salvează' }).click()
    for (const value of [/6,001/, /6,500/, /6,003/]) await grid.getByRole('option', { name: value }).waitFor()
  })

  test('a recalculation is seen first, waits for a second person, and is approved from the list of all points', async () => {
    const operator = await system.token('operator')
    const { items } = await system.get<{
      items: { id: string; pod: string; meterState: string; yesterdayRate: number }[]
    }>('/api/metering-points?limit=100', operator)
    const point = items.find((item) => item.meterState === 'commissioned' && item.yesterdayRate === 1)
    assert.ok(point)
    const day = (back: number) => new Date(Date.now() - back * 86_400_000).toISOString().slice(0, 10)
    const sumOf = async () => {
      const path = `/api/aggregates/curve?points=${point.pod}&from=${day(4)}&to=${day(3)}&resolution=1d`
      return (await system.get<{ values: number[] }>(path, operator)).values.reduce(
        (all, each) => all + each,
        0,
      )
    }
    const measured = await sumOf()
    await page.goto(`${system.url}/points/${point.id}?tab=edits`)
    await page.getByText('Măsurare eronată (recalculare)').click()
    await page.getByLabel('Constatată la').fill(day(2))
    await page.getByLabel('Ultima zi măsurată greșit').fill(day(3))
    await page.getByLabel(/Început cunoscut/).fill(day(4))
    await page.getByLabel('Eroare stabilită, %').fill('-20')
    await page.getByLabel('Buletin de verificare').fill('BV 17')
    await page.getByLabel('Motiv').last().fill('contor defect')
    await page.getByRole('button', { name: 'Arată raportul' }).click()
    const report = page.getByRole('region', { name: 'Raport' })
    await report.getByRole('row', { name: /Total/ }).waitFor()
    await inspect(page, 'recalculation')
    await page.getByRole('button', { name: 'Trimite spre aprobare' }).click()
    await page.getByText('Raportul așteaptă o a doua persoană', { exact: true }).waitFor()
    assert.equal(await sumOf(), measured, 'nothing changes before a second person has agreed')
    // Its author may take it back, and not approve it.
    await page.goto(`${system.url}/edits`)
    const own = page.getByRole('listitem').filter({ hasText: point.pod })
    await own.getByRole('button', { name: 'Retrage' }).waitFor()
    assert.equal(await own.getByRole('button', { name: 'Aprobă' }).count(), 0)

    const second = await signIn(browser, system, 'admin', '/edits')
    const waiting = second.getByRole('listitem').filter({ hasText: point.pod })
    await waiting.getByRole('button', { name: 'Valori' }).click()
    await waiting.getByRole('table').getByRole('row').nth(2).waitFor()
    await waiting
      .getByRole('region', { name: 'Efectul editării' })
      .getByText(/Pierderea stației/)
      .first()
      .waitFor()
    await inspect(second, 'edits')
    await waiting.getByRole('button', { name: 'Aprobă' }).click()
    await second.getByText('Nimic nu așteaptă o a doua persoană').waitFor()
    // The meter showed a fifth too little: what it measured was four fifths.
    assert.equal(await sumOf(), Math.round((measured * 100) / 80))
    const print = await second.request.get(
      `${system.url}${(await linkOf(second, `${system.url}/edits?state=applied`)) ?? ''}`,
    )
    assert.match(await print.text(), /BV 17/)
    await second.close()
  })
})

async function linkOf(page: Page, address: string): Promise<string | null> {
  await page.goto(address)
  return page.getByRole('link', { name: 'Raport' }).first().getAttribute('href')
}
