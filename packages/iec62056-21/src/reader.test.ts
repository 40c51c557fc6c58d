import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createReader, encodeData, type Output } from './index.ts'

const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff)
const said = (output: readonly Output[]) =>
  output.map((entry) =>
    entry.kind === 'send' ? new TextDecoder('latin1').decode(entry.bytes) : `${entry.baud} ${entry.format}`,
  )

test('mode C: the readout follows at the rate that was agreed on', () => {
  const reader = createReader()
  reader.signOn(0)
  assert.deepEqual(said(reader.takeOutput()), ['300 7E1', '/?!\r\n'])
  reader.receive(latin1('/ISk5MT174-0001\r\n'), 500)
  const [choice, line] = reader.takeOutput()
  assert.deepEqual(choice, { kind: 'send', bytes: latin1('\x06050\r\n'), notBefore: 520 })
  assert.deepEqual(line, { kind: 'line', baud: 9600, format: '7E1' })
  reader.receive(encodeData('1-0:1.8.0*255(0008048.375*kWh)\r\n!\r\n'), 1000)
  const [identified, readout, finished] = reader.takeEvents()
  assert.equal(identified?.kind, 'identified')
  assert.ok(readout?.kind === 'readout')
  assert.deepEqual(readout.sets, [
    { address: '1-0:1.8.0*255', values: [{ value: '0008048.375', unit: 'kWh' }], obis: '1.0.1.8.0.255' },
  ])
  assert.equal(finished?.kind, 'finished')
  assert.equal(reader.nextDeadline(), undefined)
})

test('mode E: the line belongs to HDLC after the confirmation', () => {
  const reader = createReader({ purpose: 'hdlc' })
  reader.signOn(0)
  reader.takeOutput()
  reader.receive(latin1('/LGZ5\\2ZMD3102407.B32\r\n'), 500)
  assert.deepEqual(said(reader.takeOutput()), ['\x06252\r\n', '9600 7E1'])
  reader.receive(Uint8Array.of(...latin1('\x06252\r\n'), 0x7e), 900)
  assert.deepEqual(said(reader.takeOutput()), ['9600 8N1'])
  const hdlc = reader.takeEvents().find((event) => event.kind === 'hdlc')
  assert.deepEqual(hdlc, { kind: 'hdlc', baud: 9600, rest: Uint8Array.of(0x7e) })
})
