import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  createSmlReader,
  decodeFile,
  decodeMessage,
  encodeFile,
  encodeMessage,
  encodeTransport,
  type SmlBody,
  type SmlEvent,
  type SmlListEntry,
  type SmlMessage,
  type SmlTime,
  type SmlTree,
  type SmlValue,
  TransportReader,
} from './index.ts'

const root = new URL('../../../conformance/frames/sml/', import.meta.url)
const load = (name: string) => JSON.parse(readFileSync(new URL(name, root), 'utf8'))
const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const iskra = load('iskra-basic-list.json')

function fileOf(events: readonly SmlEvent[]): SmlEvent & { kind: 'file' } {
  const [event, ...rest] = events
  assert.equal(rest.length, 0)
  assert.ok(event?.kind === 'file')
  return event
}

const obisOf = (name: Uint8Array) => [...name].join('.')
const plain = (value: SmlValue) =>
  value.type === 'octets' ? toHex(value.value) : value.type === 'time' ? value.value : Number(value.value)

test('frames of the transport and their contents, both ways', () => {
  for (const { name, hex: frame, content } of load('transport.json').cases) {
    const events = new TransportReader().receive(hex(frame))
    assert.deepEqual(
      events,
      [{ kind: 'content', content: hex(content), crc: 'x25', offset: 0, length: frame.length / 2 }],
      name,
    )
    assert.equal(toHex(encodeTransport(hex(content))), frame, name)
  }
})

test('an Iskra list with its values', () => {
  const file = fileOf(createSmlReader().receive(hex(iskra.hex)))
  assert.equal(file.error, undefined)
  assert.deepEqual(
    file.messages.map(({ body }) => body.kind),
    iskra.expected.messages,
  )
  const body = file.messages[1]?.body
  assert.ok(body?.kind === 'getListResponse')
  assert.deepEqual(body.actSensorTime, { kind: 'secIndex', value: iskra.expected.secIndex })
  const found = body.valList.map(({ objName, unit, scaler, value, status }) => [
    obisOf(objName),
    unit === undefined
      ? plain(value)
      : { unit, scaler, value: plain(value), ...(status && { status: Number(status.value) }) },
  ])
  assert.deepEqual(Object.fromEntries(found), iskra.expected.entries)
  assert.equal(toHex(encodeTransport(encodeFile(file.messages))), iskra.hex)
})

test('a changed octet is found by the check of the frame and by that of the message', () => {
  const frame = hex(iskra.hex)
  frame[60] = (frame[60] as number) ^ 1
  assert.deepEqual(
    createSmlReader()
      .receive(frame)
      .map((event) => (event.kind === 'malformed' ? event.error.code : event.kind)),
    ['crc'],
  )
  const content = fileOf(createSmlReader().receive(hex(iskra.hex))).content
  // The power, in an entry of the second message.
  const at = toHex(content).indexOf('53086001') / 2 + 2
  content[at] = (content[at] as number) ^ 1
  const { messages, error } = decodeFile(content)
  assert.equal(messages.length, 1)
  assert.equal(error?.code, 'crc')
})

test('meters that leave out the inversions of the CRC are read and named', () => {
  const { messages } = fileOf(createSmlReader().receive(hex(iskra.hex)))
  const kermit = messages.map((message) => ({ ...message, crc: 'kermit' as const }))
  const file = fileOf(createSmlReader().receive(encodeTransport(encodeFile(kermit), 'kermit')))
  assert.equal(file.crc, 'kermit')
  assert.deepEqual(file.messages, kermit)
})

test('block transfer is named as unsupported; the frame after it is read', () => {
  const events = createSmlReader().receive(hex(`1b1b1b1b02020202aabb${iskra.hex}`))
  assert.deepEqual(
    events.map((event) => (event.kind === 'malformed' ? event.error.code : event.kind)),
    ['unsupported', 'skipped', 'file'],
  )
})

test('after a frame cut short, the next is read', () => {
  const events = createSmlReader().receive(hex(`00ff1b${iskra.hex.slice(0, 100)}${iskra.hex}`))
  assert.deepEqual(
    events.map((event) => (event.kind === 'malformed' ? event.error.code : event.kind)),
    ['skipped', 'truncated', 'file'],
  )
})

test('a message is read, waited for or refused', () => {
  const message = encodeMessage({
    transactionId: hex('0102'),
    groupNo: 0,
    abortOnError: 255,
    body: { kind: 'closeRequest' },
  })
  assert.equal(decodeMessage(message).kind, 'ok')
  for (let cut = 0; cut < message.length; cut++)
    assert.equal(decodeMessage(message.subarray(0, cut)).kind, 'more')
  assert.equal(decodeMessage(hex('7500')).kind, 'malformed')
})

const plainRecord = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { noNullPrototype: true })
const octets = fc.uint8Array({ minLength: 1, maxLength: 40 })
const u32 = fc.nat(0xffffffff)
const integer = fc
  .tuple(
    fc.constantFrom('integer' as const, 'unsigned' as const),
    fc.integer({ min: 1, max: 8 }),
    fc.bigInt(),
  )
  .map(([type, size, any]) => ({
    type,
    octets: size,
    value: type === 'integer' ? BigInt.asIntN(8 * size, any) : BigInt.asUintN(8 * size, any),
  }))
const time: fc.Arbitrary<SmlTime> = fc.oneof(
  u32.map((value) => ({ kind: 'secIndex' as const, value })),
  u32.map((value) => ({ kind: 'secIndex' as const, value, bare: true as const })),
  u32.map((value) => ({ kind: 'timestamp' as const, value })),
  fc.tuple(u32, fc.integer({ min: -32768, max: 32767 })).map(([value, localOffset]) => ({
    kind: 'localTimestamp' as const,
    value,
    localOffset,
    seasonTimeOffset: 60,
  })),
)
const value: fc.Arbitrary<SmlValue> = fc.oneof(
  integer,
  octets.map((bytes) => ({ type: 'octets' as const, value: bytes })),
  fc.boolean().map((yes) => ({ type: 'boolean' as const, value: yes })),
  time.map((at) => ({ type: 'time' as const, value: at })),
)
/** Leaves `undefined` fields out, as the decoder does. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }, optional: (keyof T)[]) =>
  fc.record(model, {
    noNullPrototype: true,
    requiredKeys: (Object.keys(model) as (keyof T)[]).filter((key) => !optional.includes(key)) as [],
  })
const scaler = fc.integer({ min: -128, max: 127 })
const entry = record(
  {
    objName: octets,
    status: integer,
    valTime: time,
    unit: fc.nat(255),
    scaler,
    value,
    valueSignature: octets,
  },
  ['status', 'valTime', 'unit', 'scaler', 'valueSignature'],
) as fc.Arbitrary<SmlListEntry>
const period = plainRecord({ objName: octets, unit: fc.nat(255), scaler, value })
const { tree } = fc.letrec<{ tree: SmlTree }>((tie) => ({
  tree: record(
    {
      parameterName: octets,
      parameterValue: fc.oneof(
        value.map((found) => ({ kind: 'value' as const, value: found })),
        period.map((found) => ({ kind: 'periodEntry' as const, value: found })),
        time.map((found) => ({ kind: 'time' as const, value: found })),
        entry.map((found) => ({ kind: 'listEntry' as const, value: found })),
      ),
      childList: fc.array(tie('tree'), { maxLength: 2, depthIdentifier: 'tree', size: 'xsmall' }),
    },
    ['parameterValue', 'childList'],
  ) as fc.Arbitrary<SmlTree>,
}))
const path = fc.array(octets, { maxLength: 3 })
const login = { serverId: octets, username: octets, password: octets }
const profileRequest = {
  ...login,
  withRawdata: fc.boolean(),
  beginTime: time,
  endTime: time,
  parameterTreePath: path,
  objectList: path,
  dasDetails: tree,
}
const profileOptional = Object.keys(profileRequest).filter((key) => key !== 'parameterTreePath')
const models: Record<string, [Record<string, fc.Arbitrary<unknown>>, string[]]> = {
  openRequest: [
    { codepage: octets, clientId: octets, reqFileId: octets, ...login, smlVersion: fc.nat(255) },
    ['codepage', 'serverId', 'username', 'password', 'smlVersion'],
  ],
  openResponse: [
    {
      codepage: octets,
      clientId: octets,
      reqFileId: octets,
      serverId: octets,
      refTime: time,
      smlVersion: fc.nat(255),
    },
    ['codepage', 'clientId', 'refTime', 'smlVersion'],
  ],
  closeRequest: [{ globalSignature: octets }, ['globalSignature']],
  closeResponse: [{ globalSignature: octets }, ['globalSignature']],
  getProfilePackRequest: [profileRequest, profileOptional],
  getProfileListRequest: [profileRequest, profileOptional],
  getProfilePackResponse: [
    {
      serverId: octets,
      actTime: time,
      regPeriod: u32,
      parameterTreePath: path,
      headerList: fc.array(plainRecord({ objName: octets, unit: fc.nat(255), scaler }), { maxLength: 3 }),
      periodList: fc.array(
        plainRecord({
          valTime: time,
          status: integer,
          valueList: fc.array(plainRecord({ value }), { maxLength: 20 }),
        }),
        { maxLength: 3 },
      ),
      rawdata: octets,
      profileSignature: octets,
    },
    ['rawdata', 'profileSignature'],
  ],
  getProfileListResponse: [
    {
      serverId: octets,
      actTime: time,
      regPeriod: u32,
      parameterTreePath: path,
      valTime: time,
      status: integer,
      periodList: fc.array(period, { maxLength: 3 }),
      rawdata: octets,
      periodSignature: octets,
    },
    ['rawdata', 'periodSignature'],
  ],
  getProcParameterRequest: [
    { ...login, parameterTreePath: path, attribute: octets },
    ['serverId', 'username', 'password', 'attribute'],
  ],
  getProcParameterResponse: [{ serverId: octets, parameterTreePath: path, parameterTree: tree }, []],
  setProcParameterRequest: [
    { ...login, parameterTreePath: path, parameterTree: tree },
    ['serverId', 'username', 'password'],
  ],
  getListRequest: [
    { clientId: octets, ...login, listName: octets },
    ['serverId', 'username', 'password', 'listName'],
  ],
  getListResponse: [
    {
      clientId: octets,
      serverId: octets,
      listName: octets,
      actSensorTime: time,
      valList: fc.array(entry, { maxLength: 20 }),
      listSignature: octets,
      actGatewayTime: time,
    },
    ['clientId', 'listName', 'actSensorTime', 'listSignature', 'actGatewayTime'],
  ],
  attentionResponse: [
    { serverId: octets, attentionNo: octets, attentionMsg: octets, attentionDetails: tree },
    ['attentionMsg', 'attentionDetails'],
  ],
}
const body = fc.oneof(
  ...Object.entries(models).map(([kind, [model, optional]]) =>
    record(model, optional).map((fields) => ({ kind, ...(fields as object) }) as SmlBody),
  ),
  integer.map((element) => ({ kind: 'other' as const, tag: 0x0b00, element })),
)
const message: fc.Arbitrary<SmlMessage> = plainRecord({
  transactionId: octets,
  groupNo: fc.nat(255),
  abortOnError: fc.nat(255),
  body,
  crc: fc.constantFrom('x25' as const, 'kermit' as const),
})

test('every message survives a round trip', () => {
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 3 }), (messages) => {
      assert.deepEqual(decodeFile(encodeFile(messages)), { messages })
    }),
    { numRuns: 400 },
  )
})

test('any content, escapes at its ends too, survives the transport in any chunking', () => {
  const content = fc.array(fc.constantFrom(0x1b, 0x1b, 0x1b, 0x00, 0x01, 0x1a, 0x77), { maxLength: 60 })
  fc.assert(
    fc.property(content, fc.array(fc.nat(20), { maxLength: 10 }), (list, cuts) => {
      const bytes = Uint8Array.from(list)
      const frame = encodeTransport(bytes)
      const reader = new TransportReader()
      const events = [...cuts, frame.length].flatMap((_, i, sizes) => {
        const from = sizes.slice(0, i).reduce((sum, size) => sum + size, 0)
        return reader.receive(frame.subarray(from, from + (sizes[i] as number)))
      })
      assert.deepEqual(events, [
        { kind: 'content', content: bytes, crc: 'x25', offset: 0, length: frame.length },
      ])
    }),
    { numRuns: 500 },
  )
})

test('arbitrary and mutated octets are read or refused; what follows is still read', () => {
  const frame = hex(iskra.hex)
  const read = (bytes: Uint8Array) => {
    for (const event of createSmlReader().receive(bytes)) {
      if (event.kind === 'file') assert.ok(event.content.length < bytes.length)
    }
    assert.ok(['ok', 'more', 'malformed'].includes(decodeMessage(bytes).kind))
    decodeFile(bytes)
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), read))
  fc.assert(
    fc.property(fc.nat(frame.length - 1), fc.nat(255), fc.nat(frame.length), (at, octet, cut) => {
      const copy = Uint8Array.from(frame)
      copy[at] = octet
      read(copy.subarray(0, cut))
      read(copy.subarray(8, 8 + cut))
      const events = createSmlReader().receive(Uint8Array.from([...copy, ...frame, ...frame]))
      assert.equal(events.at(-1)?.kind, 'file')
    }),
    { numRuns: 500 },
  )
})

test('limits hold', () => {
  const small = { maxFile: 64, maxDepth: 3, maxElements: 10 }
  const [event] = createSmlReader(small).receive(hex(iskra.hex))
  assert.ok(event?.kind === 'malformed' && event.error.code === 'too-large')
  const deep = hex(`7603414141620062007262${'71'.repeat(100)}`)
  assert.ok(decodeMessage(deep).kind === 'malformed')
  assert.equal(decodeFile(hex('8f8f8f8f8f8f8f8f')).error?.code, 'too-large')
})
