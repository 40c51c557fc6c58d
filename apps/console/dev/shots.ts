// Looks at every page as people will: two sizes, two colour schemes, and what axe finds serious.
// node dev/shots.ts <address> <folder> [name part]
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { chromium, type Page } from 'playwright-core'

const [address = 'http://127.0.0.1:8099', folder = 'dist.shots', only = ''] = process.argv.slice(2)
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync']
const more = ['--disable-background-networking', '--disable-component-update']
mkdirSync(folder, { recursive: true })

type Look = { name: string; path: string; act?: (page: Page) => Promise<void> }
const looks: Look[] = [
  { name: 'collection', path: '/collection' },
  { name: 'network', path: '/network' },
  { name: 'station', path: '/network/1' },
  { name: 'station-day', path: `/network/1?day=2026-11-20` },
  { name: 'point', path: '/points/8' },
  { name: 'heat', path: '/points/8?tab=heat' },
  { name: 'table', path: '/points/8?tab=table' },
  { name: 'indexes', path: '/points/8?tab=indexes' },
  { name: 'exceptions', path: '/points/8?tab=exceptions' },
  { name: 'trace', path: '/points/8?trace=%22510.40%22' },
  {
    name: 'read',
    path: '/points/8?read=%228%22',
    act: async (page) => {
      await page.getByRole('button', { name: /^Citește$/ }).click()
      await page.waitForTimeout(3200)
    },
  },
  { name: 'gaps', path: '/gaps' },
  { name: 'tokens', path: '/tokens' },
  { name: 'help', path: '/gaps', act: async (page) => await page.keyboard.press('?') },
  { name: 'decode', path: '/decode' },
  {
    name: 'decode-push',
    path: '/decode',
    act: async (page) => {
      await page.getByRole('combobox').selectOption('push')
      await page.waitForTimeout(400)
      await page.getByRole('treeitem').nth(12).hover()
    },
  },
  {
    name: 'decode-ciphered',
    path: '/decode',
    act: async (page) => {
      await page.getByRole('combobox').selectOption('gbt')
      await page.waitForTimeout(400)
      await page.getByRole('tree').scrollIntoViewIfNeeded()
    },
  },
  { name: 'lost', path: '/nowhere' },
]

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: [...flags, ...more] })
for (const scheme of ['light', 'dark'] as const) {
  for (const [form, width, height] of [
    ['desk', 1440, 900],
    ['phone', 390, 844],
  ] as const) {
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: scheme,
      locale: 'ro-RO',
    })
    const page = await context.newPage()
    page.on('pageerror', (error) => console.log('PAGE ERROR', page.url(), error.message))
    page.on('console', (entry) => {
      if (entry.type() === 'error' && !entry.text().includes('401'))
        console.log('CONSOLE', page.url(), entry.text())
    })
    await page.goto(`${address}/sign-in`)
    await look(page, { name: 'sign-in', path: '/sign-in' }, `${form}-${scheme}`)
    await page.getByRole('button', { name: /operator@/ }).click()
    await page.waitForURL('**/collection')
    for (const each of looks) await look(page, each, `${form}-${scheme}`)
    await context.close()
  }
}
await browser.close()

async function look(page: Page, { name, path, act }: Look, form: string): Promise<void> {
  if (!name.includes(only)) return
  await page.goto(`${address}${path}`)
  await page.waitForTimeout(900)
  await act?.(page)
  await page.waitForTimeout(500)
  await page.screenshot({ path: join(folder, `${name}-${form}.png`) })
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  if (wide > 1) console.log(`${name}-${form}: ${wide} px too wide`)
  const { readFileSync } = await import('node:fs')
  await page.evaluate(readFileSync(axe, 'utf8'))
  type Finding = { id: string; impact: string; nodes: { html: string }[] }
  const run = '(async () => (await axe.run()).violations)()'
  const findings = (await page.evaluate(run)) as Finding[]
  for (const finding of findings) {
    if (finding.impact !== 'serious' && finding.impact !== 'critical') continue
    console.log(
      `${name}-${form}: ${finding.id} ×${finding.nodes.length} ${finding.nodes[0].html.slice(0, 160)}`,
    )
  }
}
