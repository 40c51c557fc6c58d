import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { crc16Modbus, inspectModbus, looksLikeRtu, looksLikeTcp, type ModbusTreeNode } from './index.ts'

type Vector = { frames: string[]; from: ('master' | 'slave')[]; notes: string }
const folder = new URL('../../../conformance/frames/modbus/', import.meta.url)
const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))
const vectors = readdirSync(folder).map((name): [string, Vector] => [
  name,
  JSON.parse(readFileSync(new URL(name, folder), 'utf8')),
])

function* flatten(node: ModbusTreeNode): Generator<ModbusTreeNode> {
  yield node
  for (const child of node.children ?? []) yield* flatten(child)
}

for (const [name, vector] of vectors) {
  test(`modbus ${name}`, () => {
    const marks = /CRC-16\/Modbus (\w+) \/ (\w+)/.exec(vector.notes)
    assert.ok(marks)
    vector.frames.forEach((hex, i) => {
      const right = marks[i + 1] === 'right'
      const result = inspectModbus(bytesOf(hex))
      assert.equal(looksLikeRtu(bytesOf(hex)), right)
      assert.equal(result.ok, right, JSON.stringify(result.error))
      if (!right) {
        assert.equal(result.error?.code, 'crc')
        return
      }
      const side = vector.from[i] === 'master' ? 'request' : 'response'
      const told = inspectModbus(bytesOf(hex), { side })
      assert.equal(told.ok, true)
      // The same frame in MBAP dress says the same.
      const pdu = bytesOf(hex).subarray(0, -2)
      const tcp = Uint8Array.of(0, 1, 0, 0, 0, pdu.length, ...pdu)
      assert.ok(looksLikeTcp(tcp))
      const dressed = inspectModbus(tcp, { side })
      assert.equal(dressed.ok, true)
      const values = (node: ModbusTreeNode | undefined) =>
        node ? [...flatten(node)].map((part) => part.value ?? part.text) : []
      const part = (tree: ModbusTreeNode) => tree.children?.find((child) => child.name === side)
      assert.deepEqual(values(part(dressed.tree)), values(part(told.tree)))
    })
  })
}

const tcpOf = (hex: string) => {
  const pdu = bytesOf(hex)
  return Uint8Array.of(0, 1, 0, 0, 0, pdu.length + 1, 0x11, ...pdu)
}

test('examples of the application protocol V1.1b3 for every function code', () => {
  // Requests and responses of chapter 6, in the order of the function codes.
  const examples: readonly (readonly [string, string])[] = [
    ['0100130013', '0103cd6b05'],
    ['0200c40016', '0203acdb35'],
    ['03006b0003', '0306022b00000064'],
    ['0400080001', '0402000a'],
    ['0500acff00', '0500acff00'],
    ['0600010003', '0600010003'],
    ['07', '076d'],
    ['080000a537', '080000a537'],
    ['0b', '0bffff0108'],
    ['0c', '0c08000001080121 2000'.replace(' ', '')],
    ['0f0013000a02cd01', '0f0013000a'],
    ['100001000204000a0102', '1000010002'],
    ['140e0600040001000206000300090002', '140c05060dfe0020050633cd0040'],
    ['150d0600040007000306af04be100d', '150d0600040007000306af04be100d'],
    ['16000400f20025', '16000400f20025'],
    ['1700030006000e00030600ff00ff00ff', '170c00fe0acd00010003000d00ff'],
    ['1804de', '180006000201b81284'],
    [
      '2b0e0100',
      '2b0e010100000300 16436f6d70616e79206964656e74696669636174696f6e 010e50726f6475637420636f64 6520 58 0205 56322e3131'.replaceAll(
        ' ',
        '',
      ),
    ],
  ]
  for (const [request, response] of examples) {
    const asked = inspectModbus(tcpOf(request), { side: 'request' })
    assert.equal(asked.ok, true, `${request}: ${JSON.stringify(asked.error)}`)
    const answered = inspectModbus(tcpOf(response), { side: 'response' })
    assert.equal(answered.ok, true, `${response}: ${JSON.stringify(answered.error)}`)
  }
  const identification = inspectModbus(tcpOf(examples.at(-1)?.[1] ?? ''), { side: 'response' })
  const texts = [...flatten(identification.tree)].map((node) => node.text)
  assert.ok(texts.includes('vendor-name: Company identification'))
  assert.ok(texts.includes('revision: V2.11'))
})

test('exceptions are named in both languages', () => {
  const texts = (language: 'en' | 'ro') =>
    [...flatten(inspectModbus(tcpOf('8102'), { language }).tree)].map((node) => node.text)
  assert.ok(texts('en').includes('illegal data address'))
  assert.ok(texts('ro').includes('adresă nepermisă'))
})

test('a changed octet of an RTU frame is refused; arbitrary octets never throw', () => {
  const frames = vectors.flatMap(([, { frames: list }]) => list.map(bytesOf)).filter(looksLikeRtu)
  fc.assert(
    fc.property(
      fc.nat(frames.length - 1),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (which, place, change) => {
        const changed = Uint8Array.from(frames[which] as Uint8Array)
        const at = place % changed.length
        changed[at] = (changed[at] as number) ^ change
        assert.equal(inspectModbus(changed, { transport: 'rtu' }).ok, false)
      },
    ),
  )
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 80 }),
      fc.constantFrom('rtu' as const, 'tcp' as const),
      (data, kind) => {
        const crc = crc16Modbus(data)
        const head = Uint8Array.of(0, 1, 0, 0, 0, data.length)
        const bytes =
          kind === 'rtu' ? Uint8Array.of(...data, crc & 0xff, crc >> 8) : Uint8Array.of(...head, ...data)
        const result = inspectModbus(bytes, { transport: kind })
        assert.equal(result.ok, result.error === undefined)
        for (const node of flatten(result.tree)) assert.ok(node.offset + node.length <= bytes.length)
      },
    ),
    { numRuns: 2000 },
  )
})
