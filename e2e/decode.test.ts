// The page that takes a frame apart, from files alone: no server behind it, nothing leaves the browser.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { openBrowser, seriousFindings } from './support/browser.ts'

const built = fileURLToPath(new URL('../apps/console/dist/', import.meta.url))
const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }
const key = '36C66639E48A8CA4D6BC8B282A793BBB'

describe('the decode page', { timeout: 120_000 }, () => {
  let server: Server
  let browser: Browser
  let page: Page
  let address: string
  const asked: string[] = []
  const errors: string[] = []

  before(async () => {
    server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://x').pathname
      if (path.startsWith('/api/')) {
        response
          .writeHead(401, { 'content-type': 'application/json' })
          .end('{"error":{"code":"unauthorized"}}')
        return
      }
      const file = join(built, path)
      const found = path !== '/' && existsSync(file) ? file : join(built, 'index.html')
      response.writeHead(200, { 'content-type': types[extname(found)] ?? 'application/octet-stream' })
      response.end(readFileSync(found))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    browser = await openBrowser()
    page = await browser.newPage({ viewport: { width: 1440, height: 900 }, locale: 'ro-RO' })
    page.on('pageerror', (error) => errors.push(String(error)))
    page.on('request', (request) => asked.push(`${request.method()} ${request.url()}`))
  })
  after(async () => {
    await browser.close()
    server.close()
  })

  test('shows layers and octets of a frame, without signing in and without a request', async () => {
    await page.goto(`${address}/decode`)
    await page.getByRole('heading', { name: 'Decodare' }).waitFor()
    await page.waitForLoadState('networkidle')
    asked.length = 0
    const frame = readFileSync(
      new URL('../conformance/frames/bench/a_hdlc_push_kamstrup.hex', import.meta.url),
      'utf8',
    )
    await page.getByRole('textbox').first().fill(frame)
    await page.getByText('DLMS/COSEM prin HDLC').first().waitFor()
    await page.getByRole('treeitem').nth(4).hover()
    assert.ok((await page.getByRole('treeitem').count()) > 10)
    await page.getByRole('tab', { name: 'XML' }).click()
    await page.getByText('DataNotification').first().waitFor()
    await page.getByRole('tab', { name: 'JSON' }).click()
    await page.getByText('data-notification').first().waitFor()
    assert.deepEqual(asked, [], 'no request was made')
    assert.deepEqual(errors, [])
  })

  test('keys stay out of the address, and out of the copied link', async () => {
    await page.getByText('Chei pentru descifrare').click()
    await page.getByRole('textbox').nth(1).fill(key)
    await page.waitForTimeout(300)
    assert.ok(!page.url().toUpperCase().includes(key))
    const stored = await page.evaluate('JSON.stringify({ ...localStorage, ...sessionStorage })')
    assert.ok(!String(stored).toUpperCase().includes(key))
    assert.deepEqual(asked, [])
  })

  test('a wrong frame says what is wrong and where', async () => {
    await page.goto(`${address}/decode`)
    await page.getByRole('textbox').first().fill('7ea0070321930f017e7ea007032193ff017e')
    // The checksum of the second frame, at octet 15, was changed.
    await page
      .getByText(/FCS is ff01, computed 0f01/)
      .first()
      .waitFor()
    assert.match(String(await page.locator('body').textContent()), /octetul 15/)
    await page.getByRole('textbox').first().fill('zz not hex')
    await page.waitForTimeout(400)
    assert.deepEqual(errors, [])
  })

  for (const [form, viewport] of [
    ['desktop', { width: 1440, height: 900 }],
    ['phone', { width: 390, height: 844 }],
  ] as const) {
    test(`every example is accessible and fits on ${form}`, async () => {
      await page.setViewportSize(viewport)
      await page.goto(`${address}/decode`)
      const choice = page.getByRole('combobox').first()
      const examples = (await choice
        .locator('option')
        .evaluateAll((options) =>
          options.map((option) => (option as unknown as { value: string }).value),
        )) as string[]
      for (const example of examples.filter((value) => value !== '')) {
        await choice.selectOption(example)
        await page.getByRole('treeitem').first().waitFor()
        const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
        assert.ok(Number(overflow) <= 1, `${example} scrolls sideways by ${overflow} px`)
      }
      assert.deepEqual(await seriousFindings(page), [])
      assert.deepEqual(errors, [])
    })
  }
})
