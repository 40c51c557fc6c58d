// A resident's hand on a neighbourhood in another process, and orders over sockets whose answers get lost.

import assert from 'node:assert/strict'
import { type ChildProcess, execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { data } from '@contor/dlms'
import { freePorts } from '../freePorts.ts'
import { client } from '../harness.test.ts'
import { buildNeighbourhood } from '../neighbourhood.ts'
import { controlPath } from './control.ts'
import type { Shown } from './household.ts'

const folder = mkdtempSync(join(tmpdir(), 'resident-'))
const main = fileURLToPath(new URL('../main.ts', import.meta.url))
let child: ChildProcess | undefined
after(() => {
  child?.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})
const file = join(folder, 'neighbourhood.json')
const run = async (...args: string[]): Promise<Shown> => {
  const { stdout } = await promisify(execFile)(process.execPath, [main, ...args, '--json'], {
    env: { ...process.env, CONTOR_DATA: folder },
  })
  return JSON.parse(stdout) as Shown
}

test('an order whose answer is lost has acted once; the button, a restart and a stranger', async () => {
  const port = await freePorts(7)
  const args = ['--meters', '6', '--port', String(port), '--seed', '3', '--state', file]
  const start = async () => {
    child = fork(main, args, { silent: true })
    await once(child, 'message')
  }
  await assert.rejects(run('resident', 'show', 'AEM1'), /No neighbourhood listens/)
  await start()
  const point = buildNeighbourhood({ meters: 6, seed: 3, basePort: port }).points.find(
    ({ meter, kind }) => meter && !meter.fault && meter.line !== 'GSM-1' && kind === 'household',
  )
  assert.ok(point?.meter)
  const { serial } = point.meter
  let counter = 1_000
  const nextInvocationCounter = () => counter++
  const order = async (method: 1 | 2) => {
    const one = client(point.meter as NonNullable<typeof point.meter>, 'management', {
      nextInvocationCounter,
    })
    assert.equal((await one.ask((session, now) => session.associate(now))).kind, 'associated')
    const event = await one.ask((session, now) =>
      session.action({ method: { classId: 70, obis: '0.0.96.3.10.255', method }, data: data.i8(0) }, now),
    )
    one.close()
    await sleep(200)
    return event.kind
  }
  assert.equal((await run('fault', serial, 'lost-answer')).trouble, 'lost-answer')
  assert.equal(await order(1), 'failed')
  const dark = await run('resident', 'show', point.pod)
  assert.deepEqual([dark.relay, dark.control, dark.powerW, dark.opened], ['open', 'disconnected', 0, 1])
  assert.equal(await order(2), 'response')
  assert.equal((await run('resident', 'show', serial)).control, 'ready')
  assert.equal((await run('resident', 'press-button', serial, '--seconds', '4')).relay, 'open')
  assert.equal((await run('resident', 'load', serial, '2100')).powerW, 0)

  const killed = once(child as ChildProcess, 'exit')
  child?.kill('SIGTERM')
  await killed
  await start()
  const lit = await run('resident', 'press-button', serial, '--seconds', '10')
  assert.deepEqual([lit.relay, lit.powerW, lit.opened, lit.closed], ['closed', 2_100, 1, 1])
  await assert.rejects(run('resident', 'show', 'AEM1'), /No meter AEM1/)
  await assert.rejects(run('resident', 'fault', serial, 'thunder'), /there is none, lost-answer/)
  await assert.rejects(run('resident', 'load', serial, '--', '-5'), /whole number/)
})

test('a memory in a deep folder has its socket in the folder of temporary files', () => {
  assert.equal(controlPath(file), `${file}.sock`)
  const deep = controlPath(join(folder, 'x'.repeat(120), 'neighbourhood.json'))
  assert.ok(Buffer.byteLength(deep) <= 100 && deep.startsWith(tmpdir()))
})
