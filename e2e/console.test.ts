// The console in a real browser, on the virtual neighbourhood: desktop and phone, Romanian and English.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { openBrowser, seriousFindings } from './support/browser.ts'
import { createSystem, type System, until } from './support/system.ts'

const shots = process.env['CONTOR_SCREENSHOTS']

async function shoot(page: Page, name: string): Promise<void> {
  if (shots === undefined) return
  mkdirSync(shots, { recursive: true })
  await page.screenshot({ path: join(shots, `${name}.png`) })
}

describe('the console in a browser', { timeout: 600_000 }, () => {
  let system: System
  let browser: Browser
  let page: Page
  const errors: string[] = []
  let pointPage = ''

  before(async () => {
    system = await createSystem({ meters: 30 })
    await system.start()
    const operator = await system.token('operator')
    await until('yesterday in the database', async () => {
      const summary = await system.get<{ successRateYesterday: number }>('/api/collection/summary', operator)
      return summary.successRateYesterday > 0.7 ? summary : undefined
    })
    browser = await openBrowser()
    page = await browser.newPage({ viewport: { width: 1440, height: 900 }, locale: 'ro-RO' })
    page.on('pageerror', (error) => errors.push(String(error)))
  })
  after(async () => {
    await browser.close()
    await system.stop()
    await system.remove()
  })

  test('an operator signs in with the demo account', async () => {
    await page.goto(system.url)
    await page.getByLabel(/e-?mail/i).fill('operator@contor.example')
    await page.getByLabel(/parol/i).fill('contor-operator')
    await page.getByRole('button', { name: /autentific|intr/i }).click()
    await page
      .getByRole('heading', { name: /colectare/i })
      .first()
      .waitFor()
    await shoot(page, 'collection-desktop')
  })

  for (const [name, path, heading] of [
    ['collection', '/collection', /colectare/i],
    ['network', '/network', /re[țt]ea|valea mare/i],
    ['gaps', '/gaps', /goluri|lips/i],
    ['exceptions', '/exceptions', /abateri/i],
    ['orders', '/orders', /ordine de lucru/i],
    ['tokens', '/tokens', /acces|jetoane/i],
  ] as const) {
    test(`the page ${name} is complete and accessible on desktop and phone`, async () => {
      for (const [form, viewport] of [
        ['desktop', { width: 1440, height: 900 }],
        ['phone', { width: 390, height: 844 }],
      ] as const) {
        await page.setViewportSize(viewport)
        await page.goto(`${system.url}${path}`)
        await page.getByRole('heading', { name: heading }).first().waitFor()
        await page.waitForTimeout(800)
        const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
        assert.ok(Number(overflow) <= 1, `${name} on ${form} scrolls sideways by ${overflow} px`)
        await shoot(page, `${name}-${form}`)
        assert.deepEqual(await seriousFindings(page), [], `${name} on ${form}`)
      }
    })
  }

  test('a meter shows its curve, and a value leads to its frame', async () => {
    const operator = await system.token('operator')
    const { items } = await system.get<{
      items: { id: string; meterState: string; yesterdayRate: number }[]
    }>('/api/metering-points?limit=100', operator)
    const point = items.find((item) => item.meterState === 'commissioned' && item.yesterdayRate === 1)
    assert.ok(point)
    for (const [form, viewport] of [
      ['phone', { width: 390, height: 844 }],
      ['desktop', { width: 1440, height: 900 }],
    ] as const) {
      await page.setViewportSize(viewport)
      await page.goto(`${system.url}/points/${point.id}`)
      await page.locator('canvas').first().waitFor()
      await page.waitForTimeout(800)
      await shoot(page, `point-${form}`)
      assert.deepEqual(await seriousFindings(page), [], `point on ${form}`)
    }
    pointPage = page.url()
  })

  test('a day tells where it comes from, and the frame is one click away', async () => {
    await page.getByRole('button', { name: /de unde vine/i }).click()
    const drawer = page.getByRole('dialog')
    await drawer.getByText(/96 măsurate/).waitFor()
    await shoot(page, 'explain-desktop')
    assert.deepEqual(await seriousFindings(page), [], 'explain')
    await drawer
      .getByRole('button', { name: /arată cadrul/i })
      .first()
      .click()
    await page.getByRole('dialog').getByText('general-glo-ciphering').first().waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  })

  test('an exception is closed with a reason and stays readable', async () => {
    await page.goto(`${system.url}/exceptions`)
    const marks = page.getByRole('checkbox')
    await marks.first().waitFor()
    const open = await marks.count()
    await marks.first().check()
    await page.getByRole('button', { name: 'Rezolvă' }).click()
    await page.getByLabel('Motiv').fill('macara pe șantier')
    await page.getByRole('dialog').getByRole('button', { name: 'Rezolvă' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await until('the exception has left the list', async () =>
      (await marks.count()) === open - 1 ? true : undefined,
    )
    const operator = await system.token('operator')
    const { items } = await system.get<{ items: { resolution: string; closedBy: string }[] }>(
      '/api/exceptions?status=resolved',
      operator,
    )
    assert.ok(items.some((item) => item.resolution === 'macara pe șantier'))
  })

  test('a click on a value of the table tells where it comes from, down to the frame: bytes and meaning', async () => {
    await page.goto(pointPage)
    await page.getByRole('tab', { name: /tabel/i }).click()
    await page.locator('table button').first().click()
    const drawer = page.getByRole('dialog')
    await drawer
      .getByRole('button', { name: /arată cadrul/i })
      .first()
      .click()
    await drawer.getByText('general-glo-ciphering').first().waitFor()
    await drawer
      .getByText(/\d\d \d\d|[0-9a-f]{2} [0-9a-f]{2}/)
      .first()
      .waitFor()
    await shoot(page, 'trace-desktop')
    assert.deepEqual(await seriousFindings(page), [], 'trace')
    await page.keyboard.press('Escape')
    await drawer.waitFor({ state: 'detached' })
  })

  test('an order shows first who would be dark, then what proves that the relay is open', async () => {
    const operator = await system.token('operator')
    const { items } = await system.get<{
      items: { pod: string; meterState: string; approvedPowerW: number; name: string }[]
    }>('/api/metering-points?limit=100', operator)
    const house = items.find(
      (item) =>
        item.meterState === 'commissioned' &&
        item.approvedPowerW < 12_000 &&
        !/balanță|școal/i.test(item.name),
    )
    assert.ok(house)
    await page.goto(`${system.url}/orders`)
    await page.getByRole('button', { name: 'Ordin nou' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel(/loc de consum/i).fill(house.pod)
    await dialog.getByRole('button', { name: /arată ce ar face/i }).click()
    await dialog.getByText(/1 loc de consum rămâne fără curent/).waitFor()
    assert.deepEqual(await seriousFindings(page), [], 'new order')
    await dialog.getByRole('button', { name: /cere ordinul/i }).click()
    await page.getByText('Încheiat', { exact: true }).first().waitFor({ timeout: 60_000 })
    await page
      .getByText(/releu deschis/)
      .first()
      .waitFor()
    for (const [form, viewport] of [
      ['phone', { width: 390, height: 844 }],
      ['desktop', { width: 1440, height: 900 }],
    ] as const) {
      await page.setViewportSize(viewport)
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
      assert.ok(Number(overflow) <= 1, `order on ${form} scrolls sideways by ${overflow} px`)
      await shoot(page, `order-${form}`)
      assert.deepEqual(await seriousFindings(page), [], `order on ${form}`)
    }
    await page.getByRole('link', { name: 'cadre' }).nth(1).click()
    await page.getByRole('dialog').getByText('general-glo-ciphering').first().waitFor()
    await page.keyboard.press('Escape')
  })

  test('read now shows the exchange and the values', async () => {
    await page.goto(pointPage)
    await page.getByRole('button', { name: /citește acum/i }).click()
    const drawer = page.getByRole('dialog')
    await drawer.getByRole('button', { name: /^citește$/i }).click()
    await drawer.getByText('1.0.1.8.0.255').first().waitFor({ timeout: 60_000 })
    await drawer
      .getByText(/încheiat/i)
      .first()
      .waitFor({ timeout: 60_000 })
    await shoot(page, 'read-now-desktop')
    assert.deepEqual(await seriousFindings(page), [], 'read now')
    await page.keyboard.press('Escape')
  })

  test('the search finds a point by its serial', async () => {
    const operator = await system.token('operator')
    const { items } = await system.get<{ items: { serial: string | null; name: string }[] }>(
      '/api/metering-points?limit=20',
      operator,
    )
    const wanted = items.find((item) => item.serial !== null && item.name.includes(' '))!
    await page.goto(`${system.url}/collection`)
    await page
      .getByRole('heading', { name: /colectare/i })
      .first()
      .waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type(wanted.serial!)
    await page.getByText(wanted.name).first().waitFor()
  })

  test('a customer sees his own point and no collection', async () => {
    const context = await browser.newContext({ locale: 'en-GB', colorScheme: 'dark' })
    const own = await context.newPage()
    own.on('pageerror', (error) => errors.push(String(error)))
    await own.goto(system.url)
    await own.locator('input[type=email], input[name=email], input').first().fill('customer@contor.example')
    await own.locator('input[type=password]').fill('contor-customer')
    await own.keyboard.press('Enter')
    await own.waitForURL((url) => !url.pathname.includes('sign-in'))
    const refused = await own.evaluate("fetch('/api/collection/summary').then((answer) => answer.status)")
    assert.equal(refused, 403)
    const points = (await own.evaluate("fetch('/api/metering-points').then((answer) => answer.json())")) as {
      items: unknown[]
    }
    assert.equal(points.items.length, 1)
    await shoot(own, 'customer-dark-en')
    assert.deepEqual(await seriousFindings(own), [], 'customer')
    await context.close()
  })

  test('no page raised an error', () => {
    assert.deepEqual(errors, [])
  })
})
