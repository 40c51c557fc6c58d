// What every story in a browser does: somebody of the demonstration signs in, and a page is looked at in both sizes.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { seriousFindings } from './browser.ts'
import type { System } from './system.ts'

/** Folder for pictures of what was looked at; without it none are taken. */
const shots = process.env['CONTOR_SCREENSHOTS']

const desktop = { width: 1440, height: 900 }
const phone = { width: 390, height: 844 }

/** A page of its own in Romanian, signed in with the demo account of a role, at a path or at the role's first place. */
export async function signIn(browser: Browser, system: System, role: string, path = ''): Promise<Page> {
  const page = await browser.newPage({ viewport: desktop, locale: 'ro-RO' })
  await page.goto(`${system.url}${path}`)
  await page.getByLabel(/e-?mail/i).fill(`${role}@contor.example`)
  await page.getByLabel(/parol/i).fill(`contor-${role}`)
  await page.getByRole('button', { name: /autentific|intr/i }).click()
  await page.getByRole('navigation').getByRole('link').first().waitFor()
  return page
}

export async function shoot(page: Page, name: string): Promise<void> {
  if (shots === undefined) return
  mkdirSync(shots, { recursive: true })
  await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true })
}

/** Where a page scrolls sideways, the innermost elements that stick out, with their words; empty where it does not. */
const widest = `(() => {
  if (document.documentElement.scrollWidth - innerWidth <= 1) return []
  const rolls = (one) => one !== document.documentElement && getComputedStyle(one).overflowX !== 'visible'
  const inRoll = (one) => one.parentElement !== null && (rolls(one.parentElement) || inRoll(one.parentElement))
  const out = [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !inRoll(one))
  return out
    .filter((one) => !out.some((other) => other !== one && one.contains(other)))
    .map((one) => one.tagName + ' ' + Math.round(one.getBoundingClientRect().right) + ' px: ' + one.textContent.slice(0, 80))
})()`

/** The page as it stands, in its present size: nothing scrolls it sideways, nobody is shut out. */
export async function look(page: Page, name: string): Promise<void> {
  await shoot(page, name)
  const wide = (await page.evaluate(widest)) as string[]
  assert.deepEqual(wide, [], `${name} scrolls sideways`)
  assert.deepEqual(await seriousFindings(page), [], name)
}

/** The same on a phone, then on a desk, where it is left. */
export async function inspect(page: Page, name: string): Promise<void> {
  for (const [form, viewport] of Object.entries({ phone, desktop })) {
    await page.setViewportSize(viewport)
    await look(page, `${name}-${form}`)
  }
}
