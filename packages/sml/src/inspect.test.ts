import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  activePowerW,
  createSmlReader,
  decodeSml,
  encodeFile,
  encodeSml,
  inspectSml,
  readingsOf,
  type SmlFile,
  type SmlListEntry,
  type SmlMessage,
  type SmlTreeNode,
} from './index.ts'

const root = new URL('../../../conformance/frames/sml/', import.meta.url)
const load = (name: string) => JSON.parse(readFileSync(new URL(name, root), 'utf8'))
const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))
const emh = hex(load('emh-ehz-list.json').hex)

function* walk(node: SmlTreeNode): Generator<SmlTreeNode> {
  yield node
  for (const child of node.children ?? []) yield* walk(child)
}

function fileOf(frame: Uint8Array): SmlFile {
  const parsed = decodeSml(frame)
  assert.ok(parsed.kind === 'ok')
  assert.equal(parsed.next, frame.length)
  return parsed.value
}

const vectors = readdirSync(root)
  .map((name) => ({ name, ...load(name) }))
  .filter(({ hex: frame }) => frame)

test('captured frames: values as their sources give them, and the same octets written', () => {
  for (const { name, hex: frame, expected } of vectors) {
    const file = fileOf(hex(frame))
    const readings = readingsOf(file)
    for (const { obis, value, unit } of expected.readings ?? []) {
      const found = readings.find((reading) => reading.obis === obis)
      assert.deepEqual([found?.value, found?.unit], [value, unit], `${name} ${obis}`)
    }
    assert.equal(Buffer.from(encodeSml(file.messages)).toString('hex'), frame, name)
  }
  assert.ok(vectors.length >= 2)
})

test('a frame is read, waited for or refused', () => {
  for (let cut = 0; cut < emh.length; cut++) {
    const parsed = decodeSml(emh.subarray(0, cut))
    assert.ok(parsed.kind === 'more' && parsed.need >= 1 && parsed.need <= emh.length - cut, String(cut))
  }
  const two = decodeSml(Uint8Array.from([...emh, ...emh]))
  assert.ok(two.kind === 'ok' && two.next === emh.length)
  assert.equal(decodeSml(hex('7605')).kind, 'malformed')
  assert.equal(decodeSml(hex('1b1b1b1b09010101')).kind === 'ok', false)
  const broken = Uint8Array.from(emh)
  broken[100] = 0
  const parsed = decodeSml(broken)
  assert.ok(parsed.kind === 'malformed' && parsed.error.code === 'crc')
})

test('the tree covers the frame octet by octet and names what it means, in both languages', () => {
  for (const { name, hex: frame } of vectors) {
    const bytes = hex(frame)
    const { ok, tree } = inspectSml(bytes)
    assert.ok(ok, name)
    let at = 0
    for (const child of tree.children ?? []) {
      assert.equal(child.offset, at, `${name} ${child.name}`)
      at += child.length
    }
    assert.equal(at, bytes.length)
    for (const node of walk(tree)) {
      for (const child of node.children ?? []) {
        assert.ok(child.offset >= node.offset && child.offset + child.length <= node.offset + node.length)
      }
    }
  }
  const entry = [...walk(inspectSml(emh).tree)].find((node) => node.obis === '1.0.16.7.0.255')
  assert.deepEqual(
    [entry?.scaled, entry?.unit, entry?.text],
    [563.5, 'W', '1-0:16.7.0*255: 563.5 W (import)'],
  )
  const value = entry?.children?.find((node) => node.name === 'value')
  assert.deepEqual([value?.value, value?.type, emh[value?.offset ?? 0]], [5635, 'integer32', 0x55])
  const nameOf = (obis: string) => (obis === '1.0.16.7.0.255' ? 'Putere' : undefined)
  const romanian = [...walk(inspectSml(emh, { language: 'ro', nameOf }).tree)]
  assert.ok(romanian.some(({ text }) => text === 'Putere: 563.5 W (consum)'))
  assert.ok(romanian.some(({ text }) => text === '129-129:199.130.3*255: EMH'))
})

const message = (body: SmlMessage['body']): SmlMessage => ({
  transactionId: hex('01'),
  groupNo: 0,
  abortOnError: 0,
  body,
  crc: 'x25',
})

test('passwords of requests are shown nowhere, unless asked for', () => {
  const password = new TextEncoder().encode('Geheim1')
  for (const clientId of [hex('0102'), hex('1b1b1b1b')]) {
    const request = message({ kind: 'getListRequest', clientId, password })
    for (const bytes of [encodeSml([request]), encodeFile([request])]) {
      const result = inspectSml(bytes)
      assert.ok(result.ok)
      const text = JSON.stringify(result)
      assert.ok(!text.includes('47656865') && !text.includes('Geheim'), text)
      assert.ok(text.includes('xx') && result.tree.hex?.length === 2 * bytes.length)
      assert.ok(JSON.stringify(inspectSml(bytes, { redact: false })).includes('47656865696d31'))
    }
  }
})

function listOf(serverId: string, valList: readonly SmlListEntry[]): SmlFile {
  return { messages: [message({ kind: 'getListResponse', serverId: hex(serverId), valList })] }
}

const power = (name: string, value: bigint, octets = 2): SmlListEntry => ({
  objName: hex(name),
  unit: 27,
  scaler: -2,
  value: { type: 'integer', octets, value },
})

test('an absolute power gets its direction from the status of the energy register', () => {
  const energy = (status: bigint): SmlListEntry => ({
    objName: hex('0100010800ff'),
    status: { type: 'unsigned', octets: 2, value: status },
    unit: 30,
    scaler: -1,
    value: { type: 'integer', octets: 5, value: 172436756n },
  })
  const read = (entries: SmlListEntry[]) => activePowerW(readingsOf(listOf('0901454d48000041f045', entries)))
  const absolute = power('01000f0700ff', 12660n)
  assert.equal(read([energy(0x1b0n), absolute]), -126.6)
  assert.equal(read([energy(0x182n), absolute]), 126.6)
  assert.equal(read([absolute]), 126.6)
  // A power with a sign of its own keeps it, whatever the status says.
  assert.equal(read([energy(0x1b0n), power('0100100700ff', 500n)]), 5)
  assert.equal(read([power('0100100700ff', -500n)]), -5)
  assert.equal(read([energy(0x1b0n)]), undefined)
})

test('meters that send a positive power as a negative number are corrected, others not', () => {
  // 8B28 is 356.24 W on a DVS74 of the faulty series; D6CA is -105.50 W on a newer one.
  const read = (serial: string, value: bigint) => {
    const [reading] = readingsOf(listOf(`0a01445a4700${serial}`, [power('0100100700ff', value)]))
    return [reading?.value, reading?.corrected]
  }
  assert.deepEqual(read('0280de81', -29912n), [356.24, 'unsigned-as-signed'])
  assert.deepEqual(read('03938700', -10550n), [-105.5, undefined])
})

test('arbitrary and mutated octets never throw, and what is not understood is no success', () => {
  const look = (bytes: Uint8Array) => {
    const result = inspectSml(bytes)
    assert.equal(result.ok, result.error === undefined)
    decodeSml(bytes)
    return result
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void look(bytes)))
  const content = emh.subarray(8, emh.length - 8)
  fc.assert(
    fc.property(fc.nat(content.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const copy = Uint8Array.from(content)
      copy[at] = (copy[at] as number) ^ flip
      const inMessages = at < content.length - 3
      if (inMessages) assert.equal(look(copy).ok, false, `${at} ${flip}`)
      const frame = Uint8Array.from(emh)
      frame.set(copy, 8)
      assert.equal(look(frame).ok, false)
    }),
    { numRuns: 300 },
  )
  assert.equal(inspectSml(emh.subarray(0, 200)).error?.code, 'truncated')
  assert.equal(inspectSml(Uint8Array.from([...emh, 0x55])).ok, false)
})

test('any chunking of a stream gives the same events', () => {
  const stream = Uint8Array.from([0x55, ...emh, 0x1b, 0x1b, ...emh.subarray(0, 90), ...emh])
  const merged = (chunks: readonly Uint8Array[]) => {
    const reader = createSmlReader()
    const events = chunks.flatMap((chunk) => reader.receive(chunk))
    return events.filter(({ kind }) => kind !== 'skipped')
  }
  const whole = merged([stream])
  assert.deepEqual(
    whole.map(({ kind }) => kind),
    ['file', 'malformed', 'file'],
  )
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length), { maxLength: 12 }), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), stream.length]
      const chunks = at.slice(1).map((to, i) => stream.subarray(at[i], to))
      assert.deepEqual(merged(chunks), whole)
    }),
    { numRuns: 100 },
  )
})
