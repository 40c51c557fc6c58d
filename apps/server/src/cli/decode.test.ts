import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Readable, Writable } from 'node:stream'
import { test } from 'node:test'
import { Command } from 'commander'
import { type DecodeOptions, decode, registerDecode } from './decode.ts'

const folder = new URL('../../../../conformance/frames/', import.meta.url)
const vector = (path: string) => JSON.parse(readFileSync(new URL(path, folder), 'utf8'))
const push = vector('dlms-hdlc/kaifa-ma304h3e-push.json').hex as string
const gbt = vector('dlms-hdlc/landisgyr-e450-gbt-ciphered-push.json')

/** Collects what is written; `slow` makes every write full, so that the writer has to wait. */
function sink(slow = false): Writable & { text: () => string; most: () => number } {
  const parts: string[] = []
  let most = 0
  const stream = new Writable({
    highWaterMark: slow ? 1 : 65536,
    write(chunk, _encoding, done) {
      most = Math.max(most, stream.writableLength)
      parts.push(String(chunk))
      if (slow) setImmediate(done)
      else done()
    },
  })
  return Object.assign(stream, { text: () => parts.join(''), most: () => most })
}

async function run(input: string | Uint8Array | Readable, options: DecodeOptions = {}) {
  const output = sink()
  const errors = sink()
  const source = input instanceof Readable ? input : Readable.from([input])
  const code = await decode(options, { input: source, output, errors })
  return { code, output: output.text(), errors: errors.text() }
}

test('hexadecimal is read in every usual spelling, and binary as it is', async () => {
  const pairs = push.match(/../g) ?? []
  const binary = Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16))
  const reference = await run(push)
  assert.equal(reference.code, 0)
  for (const spelling of [
    pairs.join(' '),
    pairs.join(':').toUpperCase(),
    pairs.map((pair) => `0x${pair}`).join(', '),
    pairs.map((pair) => `\\x${pair}`).join(''),
    `# a push\r\nRX: ${push.replace(/.{31}/g, '$&\n')}\n`,
    push.replace(/.{32}/g, '$&\n'),
    binary,
  ]) {
    assert.equal((await run(spelling)).output, reference.output)
  }
})

test('the tree is aligned and speaks Romanian first', async () => {
  const { output } = await run(push)
  assert.match(output, /^dlms-hdlc, 123 octeți, ok\n/)
  assert.match(output, /double-long-unsigned|948 +948 W/)
  const columns = new Set(
    output
      .split('\n')
      .slice(1, -1)
      .map((line) => line.search(/\S/) >= 0 && line.slice(11, 13)),
  )
  assert.deepEqual([...columns], ['  '])
  assert.match((await run(push, { lang: 'en' })).output, /^dlms-hdlc, 123 octets, ok\n/)
})

test('lines are one frame each when they are no wrapped frame', async () => {
  const keys = { key: gbt.keys.encryption, authKey: gbt.keys.authentication }
  const { code, output } = await run(gbt.frames.join('\n'), { ...keys, json: true })
  assert.equal(code, 0)
  assert.match(output, /4408736/)
  const apdus = await run('c0 01 c1 0003 0100010800ff 02 00\nc4 01 c1 00 06 00000010', { lang: 'en' })
  assert.equal(apdus.code, 0)
  assert.match(apdus.output, /frame 2/)
})

test('keys decipher and never appear', async () => {
  const options = { key: gbt.keys.encryption, authKey: gbt.keys.authentication, lang: 'en' }
  const { output } = await run(gbt.frames.join('\n'), options)
  assert.match(output, /tag verified: yes/)
  assert.ok(!output.includes(gbt.keys.encryption) && !output.includes(gbt.keys.authentication))
  const bad = await run(push, { key: 'not-a-key' })
  assert.equal(bad.code, 1)
  assert.ok(!bad.errors.includes('not-a-key'))
})

test('what cannot be decoded ends with 1 and says why', async () => {
  const cases: [string, RegExp][] = [
    ['', /goală/],
    ['hello', /nu este hexazecimal.*rândul 1/],
    ['7ea', /impar/],
    ['ff ff ff', /unrecognised/],
    [push.replace('03b4', '03b5'), /fcs/],
    ['/ISK5 ME162\r\n\r\n1-0:1.8.0(000123.4*kWh)\r\n!0000\r\n', /CRC is 0000/],
  ]
  for (const [input, message] of cases) {
    const { code, errors } = await run(input)
    assert.equal(code, 1, input)
    assert.match(errors, message)
  }
})

test('jsonl answers line for line, in order, also for bad lines', async () => {
  const lines = [
    JSON.stringify({ id: 'a', hex: push, protocol: 'dlms-hdlc' }),
    'not json',
    JSON.stringify({ id: 7, frames: gbt.frames, keys: gbt.keys }),
    JSON.stringify({ id: 'c', hex: 'zz' }),
    JSON.stringify({ id: 'd' }),
    JSON.stringify({ id: 'e', hex: '0103020001 7984' }),
    JSON.stringify({ id: 'f', hex: push, keys: { encryption: '00' } }),
    'null',
  ]
  const { code, output } = await run(lines.join('\n'), { jsonl: true })
  assert.equal(code, 0)
  const answers = output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual(
    answers.map((answer) => [answer.id, answer.ok, answer.error?.code]),
    [
      ['a', true, undefined],
      [null, false, 'input'],
      [7, true, undefined],
      ['c', false, 'input'],
      ['d', false, 'input'],
      ['e', true, undefined],
      ['f', false, 'key'],
      [null, false, 'input'],
    ],
  )
  assert.equal(answers[0].protocol, 'dlms-hdlc')
  assert.equal(answers[5].protocol, 'modbus')
})

test('readouts and P1 telegrams are read from files and from text items', async () => {
  const telegram = '/ISK5 ME162\r\n\r\n1-0:1.8.0(000123.4*kWh)\r\n!\r\n'
  const { code, output } = await run(telegram)
  assert.equal(code, 0)
  assert.match(output, /^iec62056-21, .*ok\n/)
  assert.match(output, /123\.4 kWh/)
  const item = await run(JSON.stringify({ id: 1, text: telegram }), { jsonl: true })
  const [, dataSet] = JSON.parse(item.output).tree.children
  assert.deepEqual([dataSet.obis, dataSet.scaled, dataSet.unit], ['1.0.1.8.0.255', 123400, 'Wh'])
})

test('a wireless M-Bus telegram of security mode 5 is read with --key', async () => {
  const { hex, keys } = vector('wmbus/oms-n2-profile-a-format-a.json')
  const open = await run(hex, { key: keys.key })
  assert.equal(open.code, 0, open.errors)
  assert.match(open.output, /28504\.27 m³/)
  assert.ok(!open.output.includes(keys.key))
  const closed = await run(hex)
  assert.equal(closed.code, 1)
  assert.doesNotMatch(closed.output, /28504/)
})

test('an SML telegram is read', async () => {
  const { code, output } = await run(vector('sml/emh-ehz-list.json').hex)
  assert.equal(code, 0)
  assert.match(output, /15338555\.7 Wh/)
})

test('jsonl waits for a slow reader instead of piling results up', async () => {
  const count = 200
  const line = `${JSON.stringify({ id: 1, hex: push })}\n`
  const output = sink(true)
  const input = Readable.from(Array.from({ length: count }, () => line))
  await decode({ jsonl: true }, { input, output, errors: sink() })
  assert.equal(output.text().trimEnd().split('\n').length, count)
  const one = output.text().length / count
  assert.ok(output.most() < 3 * one, `${output.most()} octets were waiting`)
})

test('the command takes a file and reports a missing one', async () => {
  const program = new Command().exitOverride()
  registerDecode(program)
  const command = program.commands.find((candidate) => candidate.name() === 'decode')
  assert.deepEqual(
    command?.options.map((option) => option.long),
    [
      '--key',
      '--auth-key',
      '--system-title',
      '--json',
      '--format',
      '--pcap',
      '--show-secrets',
      '--jsonl',
      '--lang',
    ],
  )
  const previous = process.exitCode
  const written: string[] = []
  const write = process.stderr.write
  process.stderr.write = ((text: string) => Boolean(written.push(text))) as typeof process.stderr.write
  try {
    await program.parseAsync(['decode', '/does/not/exist'], { from: 'user' })
    assert.equal(process.exitCode, 1)
    assert.match(written.join(''), /fișierul nu există/)
  } finally {
    process.stderr.write = write
    process.exitCode = previous
  }
})
