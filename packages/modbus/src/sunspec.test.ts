import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeRegisters, parseMap, readGroups, sunspecMap, walkSunspec } from './index.ts'

/** A device: 'SunS', model 1, model 203 and the end, at a base. */
function device(base: number): Map<number, number> {
  const registers = new Map<number, number>()
  let at = base
  const put = (...words: number[]) => {
    for (const word of words) registers.set(at++, word & 0xffff)
  }
  const string = (value: string, words: number) => {
    const padded = value.padEnd(2 * words, '\0')
    for (let i = 0; i < words; i++) put((padded.charCodeAt(2 * i) << 8) | padded.charCodeAt(2 * i + 1))
  }
  put(0x5375, 0x6e53, 1, 66)
  string('Contoare SA', 16)
  string('M3', 16)
  string('', 8)
  string('1.2.3', 8)
  string('0042', 16)
  put(1, 0x8000, 203, 105)
  const start = at
  for (let i = 0; i < 105; i++) put(0x8000)
  const set = (offset: number, ...words: number[]) => {
    words.forEach((word, i) => {
      registers.set(start - 2 + offset + i, word & 0xffff)
    })
  }
  set(8, 2301, 2302, 0x8000)
  set(15, -1)
  set(18, -1500)
  set(22, 1)
  set(38, 0, 0)
  set(46, 0x0001, 0x86a0)
  set(54, 2)
  put(0xffff, 0)
  return registers
}

function run(registers: Map<number, number>) {
  const walk = walkSunspec()
  for (;;) {
    const step = walk.next()
    if (step.kind !== 'read') return step
    const words = [registers.get(step.address), registers.get(step.address + 1)]
    walk.receive(words.every((word) => word !== undefined) ? (words as number[]) : null)
  }
}

for (const base of [40000, 50000, 0]) {
  test(`models are found from ${base} and read with their scale factors`, () => {
    const registers = device(base)
    const step = run(registers)
    assert.ok(step.kind === 'done')
    assert.deepEqual(
      step.models.map(({ id, address, length }) => [id, address - base, length]),
      [
        [1, 2, 66],
        [203, 70, 105],
      ],
    )
    const map = sunspecMap(step.models)
    assert.ok(map && 'map' in parseMap(map))
    const blocks = readGroups(map).map(({ functionCode, address, count }) => ({
      functionCode,
      address,
      registers: Array.from({ length: count }, (_, i) => registers.get(address + i) ?? 0),
    }))
    const readings = new Map(decodeRegisters(map, blocks).map((reading) => [reading.name, reading]))
    const value = (name: string) => readings.get(name)?.value
    assert.equal(value('m1.manufacturer'), 'Contoare SA')
    assert.equal(value('m1.serial'), '0042')
    assert.equal(value('m203.voltage.l1'), 230.1)
    assert.equal(value('m203.voltage.l2'), 230.2)
    assert.equal(value('m203.voltage.l3'), null)
    assert.equal(value('m203.active-power'), -15000)
    assert.equal(value('m203.energy.import'), 10_000_000)
    assert.equal(value('m203.energy.export'), null)
  })
}

test('no marker and endless chains come to an end', () => {
  assert.deepEqual(run(new Map()), { kind: 'failed', code: 'no-marker' })
  const chain = new Map<number, number>([
    [40000, 0x5375],
    [40001, 0x6e53],
  ])
  for (let at = 40002; at < 41000; at += 2) chain.set(at, 7).set(at + 1, 0)
  assert.deepEqual(run(chain), { kind: 'failed', code: 'too-many' })
})

test('arbitrary answers never hold the walk', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(0xffff), { minLength: 1, maxLength: 300 }), (words) => {
      const walk = walkSunspec([0])
      walk.receive([0x5375, 0x6e53])
      for (let i = 0; i < 200; i++) {
        const step = walk.next()
        if (step.kind !== 'read') return
        walk.receive([words[i % words.length] as number, words[(i + 1) % words.length] as number])
      }
      assert.fail('the walk does not end')
    }),
  )
})
