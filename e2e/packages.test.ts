// The published packages in a browser: loaded as they are, with an import map and no bundler, from a server on
// loopback. What they do there is compared with what Node does.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { openBrowser } from './support/browser.ts'

type Stage = { readonly folder: string; remove(): void }
type Scripts = {
  stageExamples(): Stage
  runChecks(stage: Stage, provider: 'node' | 'web'): Promise<unknown>
  checkVectors(): unknown
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
}
const modules = ['dlms', 'iec62056-21', 'mbus', 'modbus', 'sml', 'inspect', 'intervals']
const imports = {
  ...Object.fromEntries(modules.map((name) => [`@contor/${name}`, `/node_modules/@contor/${name}/index.js`])),
  '@contor/dlms/stream': '/node_modules/@contor/dlms/stream/index.js',
  '@contor/dlms/web': '/node_modules/@contor/dlms/providers/web.js',
  '@noble/': '/node_modules/@noble/',
}
const page = (body: string) =>
  `<!doctype html><meta charset="utf-8"><script type="importmap">${JSON.stringify({ imports })}</script>${body}`

let scripts: Scripts
let stage: Stage
let server: Server
let browser: Browser
let origin: string

before(async () => {
  scripts = (await import(new URL('../scripts/examples.mjs', import.meta.url).href)) as Scripts
  stage = scripts.stageExamples()
  server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://x').pathname
    if (path === '/') {
      response.setHeader('content-type', types['.html'])
      response.end(page('<title>packages</title>'))
      return
    }
    try {
      const bytes = await readFile(join(stage.folder, normalize(path)))
      response.setHeader('content-type', types[extname(path)] ?? 'application/octet-stream')
      response.end(bytes)
    } catch {
      response.statusCode = 404
      response.end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  server?.close()
  stage?.remove()
})

/** An empty page with the import map; a script that fails or asks for anything beyond loopback fails the test. */
async function emptyPage(): Promise<{ page: Page; faults: string[] }> {
  const page = await browser.newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('request', (request) => {
    if (!request.url().startsWith(origin)) faults.push(`asked for ${request.url()}`)
  })
  await page.goto(origin)
  return { page, faults }
}

test('a browser decodes, deciphers, verifies and holds sessions of every suite as Node does', async () => {
  const expected = await scripts.runChecks(stage, 'node')
  const { page, faults } = await emptyPage()
  const found = await page.evaluate(
    `(async () => {
      const [dlms, stream, { webCrypto: crypto }, { checkPackages }] = await Promise.all(
        ['@contor/dlms', '@contor/dlms/stream', '@contor/dlms/web', '/packagesCheck.mjs'].map((name) => import(name)))
      return JSON.parse(JSON.stringify(
        await checkPackages({ dlms, stream, crypto, vectors: ${JSON.stringify(scripts.checkVectors())} })))
    })()`,
  )
  assert.deepEqual(faults, [])
  assert.deepEqual(found, expected)
  await page.close()
})

test('every package loads in a browser, and inspects there', async () => {
  const { page, faults } = await emptyPage()
  const doors = await page.evaluate(
    `Promise.all(${JSON.stringify(modules)}.map(async (name) => Object.keys(await import('@contor/' + name)).length))`,
  )
  assert.ok((doors as number[]).every((count) => count > 0))
  const protocol = await page.evaluate(
    `import('@contor/inspect').then(({ readText, recogniseAndInspect }) =>
      recogniseAndInspect(readText('10 5B 01 5C 16').frames, {}).protocol)`,
  )
  assert.equal(protocol, 'mbus')
  assert.deepEqual(faults, [])
  await page.close()
})
