import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Readable, Writable } from 'node:stream'
import { test } from 'node:test'
import { encodeWrapperFrame, fromHex, writeCapture } from '@contor/dlms'
import { decode } from './decode.ts'
import { encode } from './encode.ts'

function sink() {
  const parts: string[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      parts.push(String(chunk))
      done()
    },
  })
  return Object.assign(stream, { text: () => parts.join('') })
}
async function run(what: (streams: never) => Promise<number>, input: string | Uint8Array) {
  const streams = { input: Readable.from([input]), output: sink(), errors: sink() }
  const code = await what(streams as never)
  return { code, output: streams.output.text(), errors: streams.errors.text() }
}
const folder = new URL('../../../../conformance/frames/dlms-apdu/', import.meta.url)
const vector = (name: string) =>
  JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')).hex as string

test('what decode prints as XML or JSON, encode reads back', async () => {
  for (const name of [
    'get-request-normal',
    'aare-accepted',
    'set-response-normal',
    'data-notification-octets',
  ]) {
    const hex = vector(name).toLowerCase()
    for (const format of ['xml', 'json']) {
      const document = await run((streams) => decode({ format }, streams), hex)
      assert.equal(document.code, 0, document.errors)
      const back = await run(encode, document.output)
      assert.equal(back.output.trim().toLowerCase(), hex, `${name} ${format}`)
    }
  }
})

test('a password appears only when asked for', async () => {
  const hex = vector('aarq-lls')
  const password = '3132333435363738'
  for (const format of ['xml', 'json']) {
    const closed = await run((streams) => decode({ format }, streams), hex)
    assert.ok(!closed.output.includes(password), format)
    const open = await run((streams) => decode({ format, showSecrets: true }, streams), hex)
    assert.ok(open.output.includes(password), format)
    assert.equal((await run(encode, open.output)).output.trim().toLowerCase(), hex.toLowerCase())
  }
})

test('what is no document ends with 1 and says where', async () => {
  for (const [text, message] of [
    ['<GetRequest/>', /holds one element \[malformed, 0\]/],
    ['{', /not JSON/],
    ['', /not JSON/],
  ] as const) {
    const { code, errors } = await run(encode, text)
    assert.equal(code, 1)
    assert.match(errors, message)
  }
})

test('a capture is decoded conversation by conversation', async () => {
  const wrapped = (direction: 'sent' | 'received', hex: string) => ({
    direction,
    at: 0,
    bytes: encodeWrapperFrame({ source: 16, destination: 1, payload: fromHex(hex) }),
  })
  const file = writeCapture([
    wrapped('sent', 'c001c100030100010800ff0200'),
    wrapped('received', 'c401c1000600000010'),
  ])
  const { code, output } = await run((streams) => decode({ pcap: true, lang: 'en' }, streams), file)
  assert.equal(code, 0)
  assert.match(output, /192\.0\.2\.1:49152 ↔ 192\.0\.2\.2:4059\ndlms-wrapper, .*ok/)
  assert.match(output, /1\.0\.1\.8\.0\.255/)
  const bad = await run((streams) => decode({ pcap: true }, streams), new Uint8Array(40))
  assert.equal(bad.code, 1)
  assert.match(bad.errors, /neither pcap nor pcapng/)
})
