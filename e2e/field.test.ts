// Story 2 in a browser: a meter that is not read from afar, a crew on a phone without a signal, a record that is sent
// later and once, the order closed, the proces-verbal on paper.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { buildNeighbourhood, freePorts, startNeighbourhood } from '@contor/simulator'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { openBrowser, seriousFindings } from './support/browser.ts'
import { inspect, look, signIn } from './support/pages.ts'
import { createSystem, type System, until } from './support/system.ts'

const shots = process.env['CONTOR_SCREENSHOTS']
const photo = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

interface Point {
  id: string
  pod: string
  kind: string
  readingMode: string
  meter: { serial: string; state: string } | null
}
interface Order {
  id: string
  number: string
  state: string
  timeline: { event: string; actor: string; evidence: Record<string, unknown> }[]
}

describe('a crew in the field', { timeout: 600_000 }, () => {
  let system: System
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let operator: string
  let order: Order
  const errors: string[] = []

  before(async () => {
    system = await createSystem({ meters: 30 })
    await system.start()
    operator = await system.token('operator')
    browser = await openBrowser()
    context = await browser.newContext({
      viewport: { width: 390, height: 844 },
      locale: 'ro-RO',
      hasTouch: true,
      acceptDownloads: true,
    })
    page = await context.newPage()
    page.on('pageerror', (error) => errors.push(String(error)))
  })
  after(async () => {
    await browser.close()
    await system.stop()
    await system.remove()
  })

  const shoot = async (name: string) => {
    if (shots === undefined) return
    mkdirSync(shots, { recursive: true })
    await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true })
  }
  const read = (id: string) => system.get<Order>(`/api/orders/${id}`, operator)
  const reach = (id: string, state: string) =>
    until(`order ${state}`, async () => {
      const found = await read(id)
      return found.state === state ? found : undefined
    })
  const sign = async (name: RegExp) => {
    const field = page.getByRole('img', { name })
    await field.scrollIntoViewIfNeeded()
    const box = await field.boundingBox()
    assert.ok(box)
    await page.mouse.move(box.x + 20, box.y + 20)
    await page.mouse.down()
    for (let step = 1; step <= 8; step++)
      await page.mouse.move(box.x + 20 + step * 25, box.y + 20 + (step % 3) * 30)
    await page.mouse.up()
  }
  const synced = (text: RegExp) => page.getByTestId('sync').getByText(text).waitFor()

  test('an order at a point without a smart meter goes to the crew', async () => {
    const { items } = await system.get<{ items: { pod: string; kind: string; readingMode: string }[] }>(
      '/api/metering-points?limit=100',
      operator,
    )
    const point = items.find(({ readingMode, kind }) => readingMode === 'manual' && kind === 'household')
    assert.ok(point, 'the neighbourhood has a household without a smart meter')
    const answer = await fetch(`${system.url}/api/orders`, {
      method: 'POST',
      headers: { authorization: `Bearer ${operator}`, 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'DECO_C', meteringPoint: point.pod, requesterReference: 'story-2' }),
    })
    assert.equal(answer.status, 201)
    order = await reach(((await answer.json()) as Order).id, 'field')
  })

  test('a crew person lands on the own page, which then opens without a signal', async () => {
    await page.goto(system.url)
    await page.getByLabel(/e-?mail/i).fill('crew@contor.example')
    await page.getByLabel(/parol/i).fill('contor-crew')
    await page.getByRole('button', { name: /autentific|intr/i }).click()
    await page.getByRole('heading', { name: 'Teren' }).waitFor()
    await page.getByText(order.number).waitFor()
    await synced(/merge și fără semnal/)
    assert.deepEqual(await seriousFindings(page), [], 'list')
    await shoot('field-list')
    await context.setOffline(true)
    await page.reload()
    await page.getByText(order.number).waitFor()
    await synced(/Fără semnal/)
  })

  test('everything is filled in offline, survives a reload and a closed browser page, and waits', async () => {
    await page.getByRole('link', { name: new RegExp(order.number) }).click()
    await page.getByRole('button', { name: 'Începe vizita' }).click()
    const checks = page.getByRole('checkbox')
    await checks.first().waitFor()
    await page.getByRole('button', { name: 'Încheie și trimite' }).click()
    await page.getByRole('alert').getByText('rezultatul vizitei').waitFor()
    for (let index = 0; index < 9; index++) await checks.nth(index).check()
    await page.getByLabel('Index înainte (1.8.0)').fill('12345,678')
    await page.getByRole('button', { name: 'Am deconectat acum' }).click()
    await page.getByLabel('Index după (1.8.0)').fill('12345,679')
    await page.getByRole('button', { name: 'Adaugă aplicat' }).click()
    await page.getByLabel('Sigiliu aplicat').fill('RO 0099999')
    await page
      .getByLabel('Fotografiază')
      .setInputFiles({ name: 'index.png', mimeType: 'image/png', buffer: photo })
    await page.getByAltText('Fotografia 1').waitFor()
    await page.getByRole('radio', { name: 'Executat' }).check()
    await page.getByLabel('Numele din partea operatorului').fill('Cornel Radu')
    await sign(/Semnătura operatorului/)
    // The page dies here: what was typed is there when it is opened again, still without a signal.
    const address = page.url()
    await page.waitForTimeout(300)
    await page.close()
    page = await context.newPage()
    page.on('pageerror', (error) => errors.push(String(error)))
    await page.goto(address)
    await page.getByAltText('Fotografia 1').waitFor()
    assert.equal(await page.getByLabel('Index înainte (1.8.0)').inputValue(), '12345,678')
    assert.equal(await page.getByLabel('Sigiliu aplicat').inputValue(), 'RO 0099999')
    await page.getByRole('img', { name: /Semnătura operatorului: semnat/ }).waitFor()
    await page.getByLabel('Numele clientului').fill('Ștefan Țuțuianu')
    await sign(/Semnătura clientului/)
    assert.deepEqual(await seriousFindings(page), [], 'form')
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
    assert.ok(Number(overflow) <= 1, `the form scrolls sideways by ${overflow} px`)
    await shoot('field-form')
    await page.getByRole('button', { name: 'Încheie și trimite' }).click()
    await synced(/1 proces-verbal de trimis/)
    await look(page, 'field-waits')
    assert.equal((await read(order.id)).state, 'field')
  })

  test('with a signal again it is sent once, the order is closed, and the paper says what was typed', async () => {
    const sent: string[] = []
    page.on('request', (request) => {
      if (request.method() === 'POST' && request.url().endsWith('/record'))
        sent.push(`${request.url()} ${request.postData()}`)
    })
    await context.setOffline(false)
    await synced(/totul e trimis/)
    const closed = await reach(order.id, 'closed')
    const confirm = closed.timeline.filter(({ event }) => event === 'confirm')
    assert.equal(confirm.length, 1)
    // A phone that did not hear the answer sends the same again.
    const [first] = sent
    assert.ok(first)
    const [url = '', body = ''] = [first.slice(0, first.indexOf(' ')), first.slice(first.indexOf(' ') + 1)]
    const again = (await page.evaluate(
      ([to, data]) =>
        fetch(to as string, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: data as string,
        }).then((answer) => answer.json()),
      [url, body],
    )) as { number: string; effect: string }
    assert.equal(again.effect, 'executed')
    assert.equal((await read(order.id)).timeline.filter(({ event }) => event === 'confirm').length, 1)
    await page.getByRole('link', { name: new RegExp(order.number) }).click()
    await page.getByText('Ordin executat').waitFor()
    assert.deepEqual(await seriousFindings(page), [], 'answer')
    await shoot('field-answer')
    const download = page.waitForEvent('download')
    await page.getByRole('link', { name: /Proces-verbal/ }).click()
    const pdf = await readFile(await (await download).path())
    assert.equal(pdf.subarray(0, 5).toString(), '%PDF-')
    assert.ok(pdf.length > 10_000)
    // Nothing of the customer stays on the phone.
    const left = String(
      await page.evaluate(`new Promise((resolve) => {
        const opening = indexedDB.open('contor-field')
        opening.onsuccess = () => {
          const all = opening.result.transaction('drafts').objectStore('drafts').getAll()
          all.onsuccess = () => resolve(JSON.stringify(all.result))
        }
      })`),
    )
    assert.ok(left.includes('PV-'), left)
    assert.ok(!left.includes('Țuțuianu'), left)
    assert.deepEqual(errors, [])
  })

  test('a planned exchange: the phone notes it, the office enters it, the collector reads the new meter', async () => {
    // The new meter lies in the van: it answers, and stands at no point.
    const store = buildNeighbourhood({ meters: 30, seed: 77, basePort: await freePorts(100) })
    const spare = store.points.find(
      ({ meter }) =>
        meter?.modelId === 'contor-neighbourhood' && meter.transport === 'wrapper' && !meter.fault,
    )
    assert.ok(spare?.meter)
    const made = spare.meter
    const running = await startNeighbourhood({ ...store, points: [spare] })
    try {
      const { items } = await system.get<{ items: Point[] }>('/api/metering-points?limit=100', operator)
      const point = items.find((one) => one.kind === 'household' && one.readingMode === 'smart')
      assert.ok(point)
      const office = await signIn(browser, system, 'operator', `/exchanges?point=${point.pod}`)
      await office.getByLabel('Ziua vizitei').fill('2026-01-05')
      await office.getByLabel('Motivul').fill('termen metrologic')
      await office.getByRole('dialog').getByRole('button', { name: 'Programează o înlocuire' }).click()
      const planned = office.getByRole('listitem').filter({ hasText: 'termen metrologic' })
      await planned.getByText('De făcut').waitFor()
      await inspect(office, 'exchanges-planned')

      await page.getByRole('link', { name: 'Lista' }).click()
      await page.getByRole('button', { name: 'Trimite' }).click()
      await page.getByRole('link', { name: /Înlocuire contor/ }).click()
      await page.getByRole('button', { name: 'Începe vizita' }).click()
      const checks = page.getByRole('checkbox')
      await checks.first().waitFor()
      for (let index = 0; index < 9; index++) await checks.nth(index).check()
      const old = await page.getByLabel('Seria contorului demontat').inputValue()
      assert.notEqual(old, '')
      await page.getByLabel('Seria contorului montat').fill(old)
      await page.getByLabel('Tipul contorului montat').fill(made.model)
      await page.getByLabel(/Ultimul index/).fill('20456,100')
      await page.getByRole('button', { name: 'Am schimbat contorul acum' }).click()
      await page.getByLabel(/Indexul contorului montat/).fill('0,012')
      await page.getByRole('radio', { name: 'Executat' }).check()
      await page.getByLabel('Numele din partea operatorului').fill('Cornel Radu')
      await sign(/Semnătura operatorului/)
      await page.getByRole('checkbox', { name: 'Clientul nu semnează' }).check()
      await page.getByLabel('De ce nu semnează').fill('plecat')
      await page.getByRole('button', { name: 'Încheie și trimite' }).click()
      await page.getByRole('alert').getByText('două serii diferite').waitFor()
      await page.getByLabel('Seria contorului montat').fill(made.serial)
      await look(page, 'field-exchange')
      await page.getByRole('button', { name: 'Încheie și trimite' }).click()
      await synced(/totul e trimis/)

      const noted = office.getByRole('listitem').filter({ hasText: made.serial })
      await noted.getByText(/20\.456,100 kWh/).waitFor()
      await inspect(office, 'exchanges-noted')
      await noted.getByRole('button', { name: 'Trece în evidență' }).click()
      const form = office.getByRole('dialog')
      const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
      await form.getByLabel('Producător').fill(made.manufacturer)
      await form.getByLabel('Titlul de sistem').fill(hex(made.systemTitle))
      await form.getByLabel('Adresa', { exact: true }).fill(made.host)
      await form.getByLabel('Portul').fill(String(made.port))
      await form.getByLabel('Suita').selectOption(String(made.suite))
      await form.getByLabel('Cheia de criptare').fill(hex(made.keys.encryption))
      await form.getByLabel('Cheia de autentificare').fill(hex(made.keys.authentication))
      await form.getByLabel('Parola').fill(hex(made.keys.password))
      await inspect(office, 'exchanges-enter')
      await form.getByRole('button', { name: 'Trece în evidență' }).click()
      await office.getByText('Nimic de trecut în evidență').waitFor()

      const read = await until('the new meter is read', async () => {
        const found = await system.get<Point>(`/api/metering-points/${point.id}`, operator)
        return found.meter?.state === 'commissioned' && found.meter.serial === made.serial ? found : undefined
      })
      assert.equal(read.meter?.serial, made.serial)
      await office.goto(`${system.url}/points/${point.id}`)
      await office.getByRole('heading', { name: 'Contoare la acest loc' }).waitFor()
      await office.getByText(old).waitFor()
      await office.getByText(/20\.456,100 kWh/).waitFor()
      await inspect(office, 'exchanges-history')
      await office.close()
    } finally {
      await running.close()
    }
  })

  test('the page speaks English too, and whoever signs out leaves nothing behind', async () => {
    await page.goto(`${system.url}/field`)
    await page.getByRole('button', { name: 'English' }).click()
    await page.getByRole('heading', { name: 'Field' }).waitFor()
    await synced(/everything is sent/)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel(/e-?mail/i).waitFor()
    const left = await page.evaluate(`new Promise((resolve) => {
      const opening = indexedDB.open('contor-field')
      opening.onsuccess = () => {
        const asked = opening.result.transaction('drafts').objectStore('drafts').count()
        asked.onsuccess = () => resolve(asked.result)
      }
    })`)
    assert.equal(left, 0)
  })
})
