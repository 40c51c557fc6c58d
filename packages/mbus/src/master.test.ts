import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  createMaster,
  createSearch,
  createSlave,
  type MasterOutcome,
  type MasterRequest,
  type Slave,
  selectionOctets,
} from './index.ts'

const record = (value: number) => [0x04, 0x06, value & 0xff, (value >> 8) & 0xff, 0, 0]

function meter(id: string, primary: number, ...values: number[]): Slave {
  const secondary = { id, manufacturer: 0x2c2d, version: 7, medium: 2 }
  const head = [...selectionOctets(secondary), 1, 0, 0, 0]
  const telegrams = values.map((value, i) =>
    Uint8Array.of(...head, ...record(value), ...(i + 1 < values.length ? [0x1f] : [])),
  )
  return createSlave({ primary, secondary, telegrams })
}

type Line = { slaves: Slave[]; lose?: (n: number) => boolean; sent: number }

/**
 * Runs one request on a bus where answers overlay each other as levels do: a space wins. Two meters are never in
 * step to the bit, so that answers which differ do not make a frame that holds.
 */
function run(master: ReturnType<typeof createMaster>, line: Line, request: MasterRequest): MasterOutcome {
  let now = 0
  let output = master.request(request, now)
  for (let guard = 0; guard < 500; guard++) {
    if (output.outcome) return output.outcome
    let next = output
    for (const frame of output.send) {
      if (line.lose?.(line.sent++)) continue
      const answers = line.slaves.map((slave) => slave.receive(frame)).filter((answer) => answer.length > 0)
      const longest = Math.max(0, ...answers.map((answer) => answer.length))
      const mixed = Uint8Array.from({ length: longest }, (_, i) =>
        answers.reduce((level, answer) => level & (answer[i] ?? 0xff), 0xff),
      )
      const differ = answers.some((answer) => answer.some((octet, i) => octet !== mixed[i]))
      if (differ) mixed[longest - 1] = 0
      if (longest === 0 || line.lose?.(line.sent++)) continue
      next = { send: [] }
      for (const octet of mixed) {
        const step = master.receive(Uint8Array.of(octet), now)
        if (step.outcome || step.send.length > 0) next = step
      }
    }
    if (next !== output && (next.outcome || next.send.length > 0)) {
      output = next
      continue
    }
    now = master.deadline ?? now
    output = master.tick(now)
  }
  throw new Error('the master does not end')
}

function valuesOf(outcome: MasterOutcome): unknown[] {
  assert.ok(outcome.kind === 'telegrams', outcome.kind)
  return outcome.applications.flatMap((application) =>
    application.kind === 'variable' ? application.list.records.map(({ value }) => value) : [],
  )
}

test('a meter is reset and read by its primary address, all telegrams', () => {
  const line = { slaves: [meter('12345678', 5, 100, 200, 300)], sent: 0 }
  const master = createMaster()
  assert.deepEqual(run(master, line, { kind: 'reset', address: 5 }), { kind: 'acknowledged' })
  const outcome = run(master, line, { kind: 'read', address: 5 })
  assert.deepEqual(valuesOf(outcome), [100, 200, 300])
  assert.deepEqual(run(master, line, { kind: 'read', address: 6 }), { kind: 'silence' })
})

test('lost requests and answers are repeated with the same FCB: nothing is missing, nothing twice', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(11), { maxLength: 5 }), (lost) => {
      // Never more in a row than the retries bridge: at most two tries are spoilt.
      const spoilt = new Set(lost.filter((n) => n % 6 < 2))
      const line = {
        slaves: [meter('12345678', 5, 100, 200, 300)],
        sent: 0,
        lose: (n: number) => spoilt.has(n),
      }
      const outcome = run(createMaster(), line, { kind: 'read', address: 5 })
      assert.deepEqual(valuesOf(outcome), [100, 200, 300])
    }),
  )
})

test('retries are bounded', () => {
  const line = { slaves: [meter('12345678', 5, 100)], sent: 0, lose: () => true }
  assert.deepEqual(run(createMaster(), line, { kind: 'read', address: 5 }), { kind: 'silence' })
  assert.equal(line.sent, 3)
})

test('primary address, baud rate and selection', () => {
  const slave = meter('12345678', 5, 100)
  const line = { slaves: [slave, meter('87654321', 6, 200)], sent: 0 }
  const master = createMaster()
  run(master, line, { kind: 'set-address', address: 5, next: 9 })
  assert.equal(slave.primary, 9)
  run(master, line, { kind: 'set-baud', address: 9, baud: 9600 })
  assert.equal(slave.baud, 9600)
  const mask = { id: '8765FFFF', manufacturer: 0xffff, version: 0xff, medium: 0xff }
  assert.deepEqual(run(master, line, { kind: 'select', mask }), { kind: 'acknowledged' })
  assert.deepEqual(valuesOf(run(master, line, { kind: 'read', address: 253 })), [200])
  assert.deepEqual(run(master, line, { kind: 'application-reset', address: 255 }), { kind: 'sent' })
  assert.throws(() => master.request({ kind: 'set-address', address: 5, next: 251 }, 0), RangeError)
})

test('two meters of one address collide', () => {
  const line = { slaves: [meter('12345678', 5, 100), meter('87654321', 5, 200)], sent: 0 }
  assert.equal(run(createMaster(), line, { kind: 'read', address: 5 }).kind, 'collision')
})

test('the search finds every meter, whatever their numbers', () => {
  const id = fc.nat(99_999_999).map((number) => String(number).padStart(8, '0'))
  fc.assert(
    fc.property(fc.uniqueArray(id, { minLength: 0, maxLength: 6 }), (ids) => {
      const line = { slaves: ids.map((number, i) => meter(number, 0, i)), sent: 0 }
      const master = createMaster({ timeoutMs: 1, retries: 0, maxTelegrams: 4 })
      const search = createSearch()
      for (;;) {
        const step = search.next()
        if (step.kind === 'done') {
          assert.ok(step.complete)
          assert.deepEqual(step.found.map((mask) => mask.id).sort(), [...ids].sort())
          return
        }
        search.receive(run(master, line, step.request))
      }
    }),
    { numRuns: 25 },
  )
})

test('arbitrary octets never throw and end in bounded time', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 }), (parts) => {
      const master = createMaster()
      let output = master.request({ kind: 'read', address: 1 }, 0)
      for (const part of parts) if (!output.outcome) output = master.receive(part, 0)
      for (let i = 0; i < 10 && !output.outcome; i++) output = master.tick(master.deadline ?? 0)
      assert.ok(output.outcome)
    }),
  )
})
