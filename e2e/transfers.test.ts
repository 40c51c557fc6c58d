// Readings as files and as deliveries, in a real browser: a file goes in and its bad lines are read, a set of points
// goes out, a supplier is sent a day and confirms it.
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { freePorts } from '@contor/simulator'
import type { Browser, Page } from 'playwright-core'
import { openBrowser } from './support/browser.ts'
import { inspect, look, signIn } from './support/pages.ts'
import { createSystem, type System, until } from './support/system.ts'

const day = 86_400_000

describe('files and deliveries in a browser', { timeout: 600_000 }, () => {
  let system: System
  let browser: Browser
  let page: Page
  let folder = ''
  let operator = ''
  let point = { id: '', pod: '', supplier: '' }
  /** Yesterday and a day of history that no meter holds any more. */
  const yesterday = civil(Date.now() - day)
  const long = civil(Date.now() - 200 * day)

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'contor-files-'))
    system = await createSystem({ meters: 10 })
    await system.start()
    operator = await system.token('operator')
    const found = await until('a point with yesterday whole', async () => {
      const { items } = await system.get<{
        items: {
          id: string
          pod: string
          supplier: string | null
          yesterdayRate: number
          readingMode: string
        }[]
      }>('/api/metering-points?limit=100', operator)
      return items.find(
        ({ yesterdayRate, supplier, readingMode }) =>
          yesterdayRate === 1 && supplier !== null && readingMode === 'smart',
      )
    })
    point = { ...found, supplier: found.supplier ?? '' }
    browser = await openBrowser()
    page = await signIn(browser, system, 'operator')
  })
  after(async () => {
    await browser?.close()
    await system?.stop()
    await system?.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  test('a file is dropped: good lines go in, bad ones are told by line, column, value and reason', async () => {
    const file = join(folder, 'istoric.csv')
    const lines = ['pod,day,channel,q1,q2,q3,q4']
    lines.push(`${point.pod},${long},A+,11,12,13,14`)
    lines.push(`RO000NICĂIERI,${long},A+,1,1,1,1`)
    lines.push(`${point.pod},${long},R+,21,abc,23,24`)
    writeFileSync(file, `${lines.join('\r\n')}\r\n`)
    await page.goto(`${system.url}/transfers`)
    await page.getByText('Niciun import').waitFor()
    await page.getByLabel('Fișier', { exact: true }).setInputFiles(file)
    await page.getByText('istoric.csv').first().waitFor()
    await page.getByRole('button', { name: 'Importă' }).click()
    await page.getByText('gata').first().waitFor()
    const rejects = page.getByRole('region', { name: 'Rânduri respinse' })
    await rejects.getByText('nu există un asemenea loc').waitFor()
    const rows = await rejects.locator('tbody tr').allInnerTexts()
    assert.deepEqual(
      rows.map((row) => row.split('\t').map((cell) => cell.trim())),
      [
        ['3', 'pod', 'RO000NICĂIERI', 'nu există un asemenea loc'],
        ['4', 'q2', 'abc', 'nu e un număr'],
      ],
    )
    await inspect(page, 'import')
    const download = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Descarcă toate (CSV)' }).click()
    const got = readFileSync(await (await download).path(), 'utf8')
    assert.match(got, /^line,field,value,reason\r\n3,pod,RO000NICĂIERI,/)
    const { items } = await system.get<{ items: { added: number; rejected: number; state: string }[] }>(
      '/api/imports',
      operator,
    )
    assert.deepEqual(
      items.map(({ added, rejected, state }) => [added, rejected, state]),
      [[7, 2, 'done']],
    )
    const stored = await system.get<{ items: { value: number }[] }>(
      `/api/metering-points/${point.id}/intervals?channel=A%2B&from=${long}&to=${long}`,
      operator,
    )
    assert.deepEqual(
      stored.items.slice(0, 4).map(({ value }) => value),
      [11, 12, 13, 14],
    )
  })

  test('the history that was imported is taken out again, in Romanian numbers', async () => {
    await page.goto(`${system.url}/transfers?tab=export`)
    await page.getByRole('combobox', { name: 'Locuri' }).selectOption('pods')
    await page.getByLabel('Coduri POD').fill('RO000NICĂIERI')
    await page.getByLabel('De la').fill(long)
    await page.getByLabel('Până la').fill(long)
    await page.getByRole('button', { name: 'Descarcă' }).click()
    await page.getByRole('alert').getByText('Niciun loc de consum').waitFor()
    await page.getByLabel('Coduri POD').fill(point.pod)
    assert.equal(await page.getByRole('alert').count(), 0, 'another choice is another question')
    await page.getByLabel('Reactiv R+').check()
    await inspect(page, 'export')
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Descarcă' }).click()
    const file = await download
    assert.equal(file.suggestedFilename(), `readings_${long}_${long}.csv`)
    const [head = '', ...rows] = readFileSync(await file.path(), 'utf8')
      .trim()
      .split('\r\n')
    assert.match(head, /;/)
    assert.match(rows[0] ?? '', new RegExp(`${point.pod};.*0,011.*0,021`))
    await page.getByText('Descărcarea a început: 1 locuri.').waitFor()
  })

  test('a supplier is sent yesterday: signed, confirmed, and the page says which and when', async () => {
    const seen: { name: string; body: string; signature: string }[] = []
    const port = await freePorts(1)
    const server: Server = createServer((request, response) => {
      let body = ''
      request.setEncoding('utf8')
      request.on('data', (part) => {
        body += part
      })
      request.on('end', () => {
        const name = /filename="(.+)"/.exec(`${request.headers['content-disposition']}`)?.[1] ?? ''
        seen.push({ name, body, signature: `${request.headers['x-contor-signature']}` })
        response.end('recipisă 4711')
      })
    })
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    try {
      await page.goto(`${system.url}/deliveries`)
      await page.getByText('Niciun destinatar').waitFor()
      await page.getByText('art. 18 (3)').waitFor()
      await page.getByRole('button', { name: 'Adaugă destinatar' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('Nume', { exact: true }).fill('zilnic')
      await dialog.getByLabel('Furnizor').selectOption(point.supplier)
      await dialog.getByLabel('Cale').selectOption('https')
      await dialog.getByLabel('Adresă', { exact: true }).fill('http://contor.example/in')
      await dialog.getByLabel('Cheie de semnare (HMAC)').fill('cheia')
      await dialog.getByRole('button', { name: 'Salvează' }).click()
      await dialog.getByText('https://.').last().waitFor()
      await dialog.getByRole('alert').waitFor()
      await dialog.getByLabel('Adresă', { exact: true }).fill(`http://127.0.0.1:${port}/in`)
      await look(page, 'recipient')
      await dialog.getByRole('button', { name: 'Salvează' }).click()
      await dialog.waitFor({ state: 'detached' })
      // The day that is shown first is yesterday.
      const cell = page.getByRole('button', { name: /^zilnic, / }).first()
      await cell.click()
      await page.getByRole('button', { name: /^Trimite/ }).click()
      await page.getByText('recipisă 4711').waitFor({ timeout: 120_000 })
      await page.getByText('confirmată de destinatar').waitFor()
      const [sent] = seen
      assert.ok(sent)
      assert.equal(sent.name, `${point.supplier}_${yesterday}.csv`)
      assert.match(sent.body, new RegExp(point.pod))
      const [, seconds = '', mac = ''] = /^t=(\d+),v1=(\w+)$/.exec(sent.signature) ?? []
      const digest = createHash('sha256').update(sent.body).digest('hex')
      assert.equal(
        mac,
        createHmac('sha256', 'cheia').update(`${seconds}.${digest}.${sent.name}`).digest('hex'),
      )
      await inspect(page, 'deliveries')
      await page.getByRole('button', { name: 'Șterge' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Șterge' }).click()
      await page.getByText('Niciun destinatar').waitFor()
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
  })

  test('who only reads takes readings out and is offered nothing else', async () => {
    const analyst = await signIn(browser, system, 'analyst')
    assert.equal(await analyst.getByRole('link', { name: 'Livrări' }).count(), 0)
    await analyst.getByRole('link', { name: 'Fișiere' }).click()
    await analyst.getByRole('heading', { name: 'Export de citiri' }).waitFor()
    assert.equal(await analyst.getByRole('tab').count(), 0)
    await analyst.close()
  })
})

/** The civil day in Romania. */
function civil(at: number): string {
  return new Date(at).toLocaleDateString('sv-SE', { timeZone: 'Europe/Bucharest' })
}
