// The command as a process: ready under a parent, and after kill -9 it goes on from what it had used.

import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { data } from '@contor/dlms'
import { addDays, civilDayOf } from '@contor/intervals'
import { freePorts } from './freePorts.ts'
import { client } from './harness.test.ts'
import { freshState } from './meter.ts'
import { buildNeighbourhood } from './neighbourhood.ts'

const folder = mkdtempSync(join(tmpdir(), 'valea-mare-'))
const children: ChildProcess[] = []
after(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

function start(...args: string[]): ChildProcess {
  const child = fork(fileURLToPath(new URL('./main.ts', import.meta.url)), args, { silent: true })
  children.push(child)
  return child
}

const limiter = { classId: 71, obis: '0.0.17.0.0.255', attribute: 4 }

test('after kill -9 no server counter comes twice, no client counter is taken twice, settings stay', async () => {
  const port = await freePorts(7)
  const file = join(folder, 'state.json')
  const args = ['--meters', '6', '--port', String(port), '--seed', '3', '--state', file]
  const { points } = buildNeighbourhood({ meters: 6, seed: 3, basePort: port })
  const meter = points.find((point) => point.meter && !point.meter.fault && point.kind === 'household')!
    .meter!
  let counter = 1_000
  const nextInvocationCounter = () => counter++

  // A meter that has ciphered more than the passing of time alone would account for.
  const used = { ...freshState(meter, Date.now()), nextServerCounter: 3_000_000_000 }
  const installedOn = addDays(civilDayOf(Date.now()), -59)
  writeFileSync(file, JSON.stringify({ version: 1, seed: 3, installedOn, meters: { [meter.serial]: used } }))

  const first = start(...args)
  await once(first, 'message')
  const before = client(meter, 'management', { nextInvocationCounter })
  await before.ask((session, now) => session.associate(now))
  await before.ask((session, now) => void session.set({ attribute: limiter, data: data.u32(4_321) }, now))
  // The setting is written; of what follows the power cut leaves nothing written.
  while (!readFileSync(file, 'utf8').includes('4321')) await sleep(50)
  const written = readFileSync(file)
  for (let n = 0; n < 60; n++) await before.get(limiter)
  first.kill('SIGKILL')
  await once(first, 'exit')
  before.close()
  writeFileSync(file, written)
  const highest = Math.max(...before.serverCounters)
  assert.ok(before.serverCounters.length > 60)

  const second = start(...args)
  await once(second, 'message')
  const again = client(meter, 'management', { nextInvocationCounter })
  await again.ask((session, now) => session.associate(now))
  assert.deepEqual(await again.get(limiter), [4_321])
  assert.ok(Math.min(...again.serverCounters) > highest)
  await again.ask((session, now) => session.release(now))
  again.close()
  await once(again.socket, 'close')

  const replay = client(meter, 'management', { nextInvocationCounter: () => 1_000, timeoutMs: 1_000 })
  assert.equal((await replay.ask((session, now) => session.associate(now))).kind, 'failed')
  replay.close()

  second.disconnect()
  const [code] = await once(second, 'exit')
  assert.equal(code, 0)
})

test('a port that is taken and a wrong option end the command with a message', async () => {
  const port = await freePorts(4)
  const args = ['--meters', '3', '--port', String(port), '--seed', '3']
  const holder = start(...args)
  await once(holder, 'message')
  for (const [wrong, words] of [
    [args, String(port)],
    [['--meters', 'many'], '--meters'],
    [['--meters', '6000'], '5,000'],
  ] as const) {
    const child = start(...wrong)
    let errors = ''
    child.stderr?.on('data', (chunk) => {
      errors += chunk
    })
    const [code] = await once(child, 'close')
    assert.notEqual(code, 0)
    assert.ok(errors.includes(words), errors)
  }
  holder.disconnect()
  await once(holder, 'exit')
})
