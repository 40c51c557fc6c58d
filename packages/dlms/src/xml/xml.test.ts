import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fromHex, toHex } from '../bytes.ts'
import { anyApdu, anyData } from '../xdlms/arbitraries.test.ts'
import { type Apdu, decodeApdu, encodeApdu } from '../xdlms/index.ts'
import { readXml, writeXml } from './document.ts'
import { apduFromJson, apduFromXml, apduToJson, apduToXml } from './index.ts'

const apduOfHex = (hex: string): Apdu => {
  const parsed = decodeApdu(fromHex(hex))
  assert.equal(parsed.kind, 'ok')
  return parsed.kind === 'ok' ? parsed.value : assert.fail()
}
const anyForm = fc.oneof(
  anyApdu,
  anyData.map(
    (data): Apdu => ({
      kind: 'get-response',
      form: 'normal',
      invokeIdAndPriority: 0xc1,
      result: { ok: true, data },
    }),
  ),
)

test('every APDU and every type of data comes back from XML, octet for octet', () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(anyForm, (apdu) => {
      seen.add(apdu.kind)
      const back = apduFromXml(apduToXml(apdu))
      assert.equal(back.kind, 'ok', back.kind === 'malformed' ? back.error.message : '')
      if (back.kind === 'ok') assert.equal(toHex(encodeApdu(back.value)), toHex(encodeApdu(apdu)))
    }),
    { numRuns: 1500 },
  )
  assert.ok(seen.size >= 28, [...seen].join())
})

test('every APDU and every type of data comes back from JSON, octet for octet', () => {
  fc.assert(
    fc.property(anyForm, (apdu) => {
      const back = apduFromJson(apduToJson(apdu))
      assert.equal(back.kind, 'ok', back.kind === 'malformed' ? back.error.message : '')
      if (back.kind === 'ok') assert.equal(toHex(encodeApdu(back.value)), toHex(encodeApdu(apdu)))
    }),
    { numRuns: 1000 },
  )
})

test('the form of the usual traces', () => {
  assert.equal(
    apduToXml(apduOfHex('c001c100080000010000ff0200')),
    `<GetRequest>
  <GetRequestNormal>
    <InvokeIdAndPriority Value="C1" />
    <AttributeDescriptor>
      <ClassId Value="0008" />
      <InstanceId Value="0000010000FF" />
      <AttributeId Value="02" />
    </AttributeDescriptor>
  </GetRequestNormal>
</GetRequest>
`,
  )
  assert.equal(
    apduToXml(apduOfHex('c401c1000203120008090101 16 1e')),
    `<GetResponse>
  <GetResponseNormal>
    <InvokeIdAndPriority Value="C1" />
    <Result>
      <Data>
        <Structure Qty="0003">
          <UInt16 Value="0008" />
          <OctetString Value="01" />
          <Enum Value="1E" />
        </Structure>
      </Data>
    </Result>
  </GetResponseNormal>
</GetResponse>
`,
  )
  const error = apduToXml(apduOfHex('c401c10103'))
  assert.match(error, /<DataAccessError Value="ReadWriteDenied" \/>/)
})

test('passwords and dedicated keys become asterisks when asked, challenges do not', () => {
  const aarq = (mechanism: number): Apdu => ({
    kind: 'aarq',
    context: 'logical-name',
    mechanism,
    authenticationValue: fromHex('0102030405060708'),
    userInformation: encodeApdu({
      kind: 'initiate-request',
      dedicatedKey: fromHex('a1a2a3a4a5a6a7a8a9aaabacadaeaf00'),
      dlmsVersion: 6,
      conformance: ['get'],
      maxPduSize: 512,
    }),
  })
  const low = apduToXml(aarq(1), { redact: true })
  assert.doesNotMatch(low, /0102030405060708|A1A2A3/)
  assert.equal(apduFromXml(low).kind, 'malformed')
  assert.match(apduToXml(aarq(5), { redact: true }), /0102030405060708/)
  assert.match(apduToXml(aarq(1)), /0102030405060708[\s\S]*A1A2A3/)
})

test('a document may have a prolog, comments, other quotes and spaces', () => {
  const parsed = apduFromXml(`<?xml version='1.0' encoding="utf-8"?>
    <!-- a clock --> <GetRequest ><GetRequestNext><!-- - -->
      <InvokeIdAndPriority Value='C1'/> <BlockNumber  Value = "&#x30;0000003"></BlockNumber>
    </GetRequestNext></GetRequest>  <!-- end -->`)
  assert.deepEqual(parsed.kind === 'ok' && parsed.value, {
    kind: 'get-request',
    form: 'next',
    invokeIdAndPriority: 0xc1,
    blockNumber: 3,
  })
})

test('what is no document of ours is malformed, with its place', () => {
  const cases: [string, number, RegExp][] = [
    ['', 0, /element is missing/],
    ['<a>', 3, /element is missing/],
    ['<GetRequest></GetReq>', 14, /closes/],
    ['<!DOCTYPE x [<!ENTITY a "b">]><x/>', 1, /name is missing/],
    ['<GetRequest a="&b;" />', 15, /unknown entity/],
    ['<GetRequest a="1" a="2"/>', 18, /twice/],
    ['<GetRequest>text</GetRequest>', 12, /element is missing/],
    ['<Nothing />', 0, /is no APDU/],
    ['<GetRequest />', 0, /holds one element/],
    [
      '<GetRequest><GetRequestNext><InvokeIdAndPriority Value="zz"/></GetRequestNext></GetRequest>',
      28,
      /octets/,
    ],
    ['<GetRequest /><GetRequest />', 14, /more after/],
  ]
  for (const [xml, offset, message] of cases) {
    const parsed = apduFromXml(xml)
    assert.equal(parsed.kind, 'malformed', xml)
    if (parsed.kind !== 'malformed') continue
    assert.match(parsed.error.message, message)
    assert.equal(parsed.error.offset, offset, xml)
  }
})

test('mutated documents are read or refused, never thrown on', () => {
  fc.assert(
    fc.property(anyForm, fc.nat(), fc.string({ maxLength: 4 }), fc.nat(6), (apdu, where, put, gone) => {
      for (const [write, read] of [
        [apduToXml, apduFromXml],
        [apduToJson, apduFromJson],
      ] as const) {
        const text = write(apdu)
        const at = where % text.length
        const parsed = read(text.slice(0, at) + put + text.slice(at + gone))
        assert.ok(parsed.kind === 'ok' || parsed.kind === 'malformed')
      }
    }),
    { numRuns: 600 },
  )
})

test('deep and large documents are refused', () => {
  const deep = `${'<Structure>'.repeat(5000)}${'</Structure>'.repeat(5000)}`
  assert.throws(() => readXml(deep), /too deep/)
  assert.equal(apduFromJson(`{"kind":"x","a":${'['.repeat(5000)}${']'.repeat(5000)}}`).kind, 'malformed')
  const root = readXml('<a b="&lt;&quot;&amp;&#10;"/>')
  assert.deepEqual({ ...readXml(writeXml(root)).attributes }, { b: '<"&\n' })
})
