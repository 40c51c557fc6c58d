// Story 1 whole, in a browser: unpaid, notice, days, relay open, supplier told, payment, ready, the customer's hand, light.
// Nothing but the calendar of orders is moved by the test; meters, collector and engine are the demonstration's own.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { openBrowser } from './support/browser.ts'
import { inspect, signIn } from './support/pages.ts'
import { createSystem, type System, until } from './support/system.ts'

const dayMs = 86_400_000

interface Point {
  id: string
  pod: string
  kind: string
  supplier: string | null
  readingMode: string
  meterState: string
}
interface Order {
  id: string
  number: string
  state: string
  runsAt: string | null
  dueBy: string | null
  createdAt: string
  follows: string | null
  timeline: { event: string; to: string; actor: string }[]
  commands: { kind: string; steps: { step: string; trace: string | null }[] }[]
}
interface Shown {
  relay: string
  control: string
  display: string
  powerW: number
  opened: number
  closed: number
}

describe('unpaid, disconnected, paid, connected again', { timeout: 900_000 }, () => {
  let system: System
  let browser: Browser
  let supplier: Page
  let operator: Page
  let token: string
  let supplierToken: string
  let point: Point
  let order: Order
  let reconnect: Order
  const errors: string[] = []

  const arrive = async (role: string): Promise<Page> => {
    const page = await signIn(browser, system, role)
    // A machine with other work to do is slow, not wrong.
    page.setDefaultTimeout(90_000)
    page.on('pageerror', (error) => errors.push(`${role}: ${error}`))
    return page
  }
  const read = (id: string) => system.get<Order>(`/api/orders/${id}`, token)
  const reach = (id: string, state: string, timeoutMs = 120_000) =>
    until(
      `order ${state}`,
      async () => {
        const found = await read(id)
        return found.state === state ? found : undefined
      },
      timeoutMs,
    )
  const now = async () => Date.parse((await system.get<{ now: string }>('/api/orders/now', token)).now)
  const letPass = async (advanceMs: number) => {
    const answer = await fetch(`${system.url}/api/demo/clock`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ advanceMs: Math.ceil(advanceMs) }),
    })
    assert.equal(answer.status, 200, await answer.text())
  }
  const resident = async (...args: string[]) =>
    JSON.parse(await system.contor('resident', ...args, '--json')) as Shown

  before(async () => {
    system = await createSystem({ meters: 40 })
    await system.start()
    token = await system.token('operator')
    supplierToken = await system.token('supplier')
    point = await until('a household of the supplier with a commissioned meter', async () => {
      const { items } = await system.get<{ items: Point[] }>('/api/metering-points?limit=100', supplierToken)
      return items.find(
        ({ kind, readingMode, meterState }) =>
          kind === 'household' && readingMode === 'smart' && meterState === 'commissioned',
      )
    })
    browser = await openBrowser()
    supplier = await arrive('supplier')
    operator = await arrive('operator')
  })
  after(async () => {
    await browser?.close()
    await system.stop()
    await system.remove()
  })

  test('the supplier asks; the page says what is missing before anything is sent', async () => {
    await supplier.goto(`${system.url}/orders`)
    await supplier.getByRole('button', { name: 'Ordin nou' }).click()
    const dialog = supplier.getByRole('dialog')
    await dialog.getByLabel('Tip').selectOption('DECO_R')
    await dialog.getByLabel('Loc de consum').fill(point.pod)
    await dialog.getByLabel('Cauză').selectOption('MO-I-8')
    await dialog
      .getByLabel('Datorie din')
      .fill(new Date((await now()) - 60 * dayMs).toISOString().slice(0, 10))
    await dialog.getByLabel('Motiv').fill('factura 118 neachitată')
    await dialog.getByRole('button', { name: 'Arată ce ar face' }).click()
    await dialog.getByText('Lipsește preavizul dovedit').waitFor()
    await dialog.getByText(/1 loc de consum rămâne fără curent/).waitFor()
    await inspect(supplier, 'deco-ask')
    await dialog.getByRole('button', { name: 'Cere ordinul' }).click()
    await supplier.waitForURL(/\/orders\/[0-9a-f-]{36}/)
    order = await read(supplier.url().split('/').at(-1) ?? '')
    await supplier.getByText('Așteaptă termenul').first().waitFor()
    await supplier.getByText('Lipsește preavizul dovedit').waitFor()
    await supplier.getByText('Nu are voie: lipsește ceva ce trebuie înscris.').waitFor()
    assert.deepEqual([(await resident('show', point.pod)).relay, order.state], ['closed', 'waiting'])
  })

  test('the notice is recorded with its proof; the page says from when it may run', async () => {
    await supplier.getByRole('button', { name: 'Preaviz trimis' }).click()
    const dialog = supplier.getByRole('dialog')
    await dialog.getByLabel('Dovadă').fill('RR 123 456 789 RO')
    await dialog.getByRole('button', { name: 'Preaviz trimis' }).click()
    await dialog.waitFor({ state: 'detached' })
    await supplier.getByText(/Preaviz trimis la .*RR 123 456 789 RO/).waitFor()
    await supplier.getByText(/Va fi executat de la .* dacă până atunci cauza nu este eliminată/).waitFor()
    await supplier
      .getByText(/se poate din/)
      .first()
      .waitFor()
    order = await until('the first lawful instant', async () => {
      const found = await read(order.id)
      return found.runsAt ? found : undefined
    })
    assert.ok(Date.parse(order.runsAt ?? '') > (await now()) + 2 * dayMs)
    await inspect(supplier, 'deco-notice')
  })

  test('an hour before nothing happens; then the relay opens once, proven, and the supplier is told', async () => {
    await letPass(Date.parse(order.runsAt ?? '') - (await now()) - 3_600_000)
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    assert.equal((await read(order.id)).state, 'waiting')
    assert.equal((await resident('show', point.pod)).opened, 0)
    await letPass(Date.parse(order.runsAt ?? '') - (await now()) + 1_000)
    order = await reach(order.id, 'closed')
    const shown = await resident('show', point.pod)
    assert.deepEqual([shown.relay, shown.control, shown.opened, shown.powerW], ['open', 'disconnected', 1, 0])
    assert.deepEqual(
      order.commands[0]?.steps.map(({ step }) => step),
      ['state', 'released', 'acted', 'read-back', 'load', 'ended'],
    )
    // The operator opens the frames that prove it.
    await operator.goto(`${system.url}/orders/${order.id}`)
    await operator.getByText('Furnizorul anunțat').waitFor()
    await operator.getByText('îndeplinită · efect citit înapoi').waitFor()
    await inspect(operator, 'deco-closed')
    await operator.getByText('cadre').nth(1).click()
    await operator
      .getByText(/action-request|ACTION|disconnect/i)
      .first()
      .waitFor()
    await operator.keyboard.press('Escape')
    const told = await system.get<{
      items: { kind: string; body: { orderId: string; supplied: boolean } }[]
    }>('/api/messages', supplierToken)
    const message = told.items.find(({ kind, body }) => kind === 'order-closed' && body.orderId === order.id)
    assert.equal(message?.body.supplied, false)
  })

  test('paid: the supplier records it, the order to connect again is made, the meter is ready, still dark', async () => {
    await supplier.reload()
    await supplier.getByRole('button', { name: 'Cauza eliminată' }).click()
    const dialog = supplier.getByRole('dialog')
    await dialog.getByLabel('Ce s-a întâmplat').selectOption('payment')
    await dialog.getByLabel('Dovadă').fill('extras 77')
    await dialog.getByRole('button', { name: 'Cauza eliminată' }).click()
    await supplier.waitForURL((url) => !url.pathname.includes(order.id))
    reconnect = await reach(supplier.url().split('/').at(-1) ?? '', 'customer')
    assert.equal(reconnect.follows, order.id)
    // At most two working days, seen as calendar days: a weekend and a holiday may lie between.
    const dueInDays = (Date.parse(reconnect.dueBy ?? '') - Date.parse(reconnect.createdAt)) / dayMs
    assert.ok(dueInDays > 1 && dueInDays < 8, `${dueInDays}`)
    const shown = await resident('show', point.pod)
    assert.deepEqual([shown.relay, shown.control, shown.closed], ['open', 'ready', 0])
    await supplier.getByText('Țineți apăsat butonul contorului 10 secunde.').waitFor()
    await supplier.getByText('Așteaptă clientul').first().waitFor()
    await inspect(supplier, 'reco-ready')
  })

  test('a short press does nothing; ten seconds bring the light; the order closes and the supplier is told', async () => {
    assert.equal((await resident('press-button', point.pod, '--seconds', '4')).relay, 'open')
    const lit = await resident('press-button', point.pod, '--seconds', '10')
    assert.deepEqual([lit.relay, lit.opened, lit.closed], ['closed', 1, 1])
    // The meter tells by itself: nobody waits for the next look, two minutes after the last one.
    reconnect = await reach(reconnect.id, 'closed', 75_000)
    assert.ok(reconnect.timeline.some(({ event, actor }) => event === 'confirm' && actor === 'customer'))
    await supplier.getByText('Încheiat', { exact: true }).first().waitFor()
    await supplier.getByText('de mâna clientului', { exact: true }).waitFor()
    await inspect(supplier, 'reco-closed')
    const told = await system.get<{
      items: { kind: string; body: { orderId: string; supplied: boolean } }[]
    }>('/api/messages', supplierToken)
    const message = told.items.find(
      ({ kind, body }) => kind === 'order-closed' && body.orderId === reconnect.id,
    )
    assert.equal(message?.body.supplied, true)
    const after = await resident('show', point.pod)
    assert.deepEqual([after.relay, after.opened, after.closed], ['closed', 1, 1])
    assert.deepEqual(errors, [])
  })

  test('the supplier reads what it was told, confirms it, and the message leaves the list', async () => {
    await supplier.goto(`${system.url}/messages`)
    const about = supplier.getByRole('listitem').filter({ hasText: point.pod })
    const both = await until('both messages', async () =>
      (await about.count()) >= 2 ? about.count() : undefined,
    )
    await inspect(supplier, 'messages')
    await about.first().getByRole('button', { name: 'Confirmă' }).click()
    await until('one less', async () => ((await about.count()) === both - 1 ? true : undefined))
    await supplier.getByText('Toate', { exact: true }).click()
    await supplier.getByText(/confirmat \d/).waitFor()
    // Where messages go is the operator's to say; what would go out unsigned is refused by name.
    assert.equal(await supplier.getByRole('tab', { name: 'Destinații' }).count(), 0)
    await operator.goto(`${system.url}/messages?tab=sent-to`)
    await operator.getByRole('button', { name: 'Adaugă o destinație' }).click()
    await operator.getByLabel('Denumire').fill('webhook furnizor')
    await operator.getByLabel('Destinatar').fill(`supplier:${point.supplier}`)
    await operator.getByLabel('Adresa (https)').fill('https://supplier.example/hook')
    await operator.getByRole('button', { name: 'Salvează' }).click()
    await operator.getByRole('alert').waitFor()
    await operator.getByLabel('Cheie sau parolă').fill('sixteen characters at least')
    await inspect(operator, 'message-destination')
    await operator.getByRole('button', { name: 'Salvează' }).click()
    const row = operator.getByRole('listitem').filter({ hasText: 'webhook furnizor' })
    await row.waitFor()
    await row.getByRole('button', { name: 'Șterge' }).click()
    await row.getByRole('button', { name: 'Sigur se șterge?' }).click()
    await row.waitFor({ state: 'detached' })
  })
})
