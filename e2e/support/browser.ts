import { createRequire } from 'node:module'
import { type Browser, chromium, type Page } from 'playwright-core'

const require = createRequire(import.meta.url)

export async function openBrowser(): Promise<Browser> {
  return await chromium.launch({
    executablePath: process.env['CONTOR_BROWSER'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

interface AxeViolation {
  readonly id: string
  readonly impact: string | null
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[]
}

/** Serious and critical accessibility findings of the page as it stands, one line each. */
export async function seriousFindings(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: require.resolve('axe-core/axe.min.js') }).catch(async () => {
    // A strict content security policy refuses the tag; the evaluated source is not under it.
    const { readFileSync } = await import('node:fs')
    await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'))
  })
  const violations = (await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<{ violations: AxeViolation[] }> } }).axe
      .run()
      .then((result) => result.violations),
  )) as AxeViolation[]
  return violations
    .filter((violation) => violation.impact === 'serious' || violation.impact === 'critical')
    .map(
      (violation) => `${violation.id}: ${violation.nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`,
    )
}
