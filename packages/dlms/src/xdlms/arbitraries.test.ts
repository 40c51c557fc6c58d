// Random APDUs and Data for the properties of the codec.
import fc from 'fast-check'
import type { Data } from '../axdr/data.ts'
import type { Apdu, AttributeDescriptor } from './apdu.ts'
import { conformanceBits } from './conformance.ts'
import { actionName, dataAccessName } from './results.ts'

const bytes = fc.uint8Array({ maxLength: 20 })
const exactly = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const int = (min: number, max: number) => fc.integer({ min, max })
const u8 = int(0, 255)
const u16 = int(0, 65_535)
const u32 = int(0, 0xffff_ffff)
const as = <T>(type: string, value: fc.Arbitrary<T>) =>
  value.map((v) => ({ type, value: v }) as unknown as Data)

const leaf: fc.Arbitrary<Data> = fc.oneof(
  as('null-data', fc.constant(null)),
  as('boolean', fc.boolean()),
  as(
    'bit-string',
    bytes.map((b) => ({ bits: b.length * 8, bytes: b })),
  ),
  ...['double-long', 'delta-double-long'].map((type) => as(type, int(-0x8000_0000, 0x7fff_ffff))),
  ...['double-long-unsigned', 'delta-double-long-unsigned'].map((type) => as(type, u32)),
  ...['unsigned', 'enum', 'bcd', 'delta-unsigned'].map((type) => as(type, u8)),
  ...['integer', 'delta-integer'].map((type) => as(type, int(-128, 127))),
  ...['long', 'delta-long'].map((type) => as(type, int(-32_768, 32_767))),
  ...['long-unsigned', 'delta-long-unsigned'].map((type) => as(type, u16)),
  as('float32', fc.float({ noNaN: true })),
  as('float64', fc.double({ noNaN: true })),
  as('octet-string', fc.uint8Array({ maxLength: 300 })),
  as('visible-string', fc.string({ unit: 'grapheme-ascii' })),
  as('utf8-string', fc.string({ unit: 'grapheme' })),
  as('long64', fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  as('long64-unsigned', fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
  as('date-time', exactly(12)),
  as('date', exactly(5)),
  as('time', exactly(4)),
)

const compact: fc.Arbitrary<Data> = fc.array(fc.tuple(u16, bytes, u8, u8)).map((rows) => ({
  type: 'compact-array',
  description: {
    type: 'structure',
    elements: [
      { type: 'long-unsigned' },
      { type: 'octet-string' },
      { type: 'array', count: 2, element: { type: 'unsigned' } },
    ],
  },
  value: rows.map(([a, b, c, d]) => ({
    type: 'structure',
    value: [
      { type: 'long-unsigned', value: a },
      { type: 'octet-string', value: b },
      { type: 'array', value: [c, d].map((value) => ({ type: 'unsigned', value })) },
    ],
  })),
}))

export const anyData: fc.Arbitrary<Data> = fc.letrec<{ data: Data }>((tie) => ({
  data: fc.oneof(
    { maxDepth: 3 },
    leaf,
    compact,
    ...['array', 'structure'].map((type) => as(type, fc.array(tie('data'), { maxLength: 5 }))),
  ),
})).data

const obis = fc.tuple(u8, u8, u8, u8, u8, u8).map((values) => values.join('.'))
const method = fc.record({ classId: u16, obis, method: int(-128, 127) })
const plain = fc.record({ classId: u16, obis, attribute: int(-128, 127) })
const captureObject = fc.record({ classId: u16, obis, attribute: int(-128, 127), dataIndex: u16 })
const selection = fc.oneof(
  fc.record({
    kind: fc.constant('by-range' as const),
    restricting: captureObject,
    from: anyData,
    to: anyData,
    selected: fc.array(captureObject, { maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant('by-entry' as const),
    fromEntry: u32,
    toEntry: u32,
    fromColumn: u16,
    toColumn: u16,
  }),
  fc.record({ kind: fc.constant('other' as const), selector: int(3, 255), parameters: anyData }),
)
const attribute = fc.oneof(
  plain,
  fc.tuple(plain, selection).map(([a, s]): AttributeDescriptor => ({ ...a, selection: s })),
)
const failure = int(1, 255).map((code) => ({ ok: false, result: dataAccessName(code), code }))
const result = fc.oneof(
  anyData.map((data) => ({ ok: true, data })),
  failure,
)
const outcome = u8.map((code) => ({ result: dataAccessName(code), code }))
const actionOutcome = fc.oneof(
  u8.map((code) => ({ result: actionName(code), code })),
  fc.tuple(u8, result).map(([code, returned]) => ({ result: actionName(code), code, returned })),
)
const block = fc.record({ lastBlock: fc.boolean(), blockNumber: u32, raw: bytes })
const list = <T>(of: fc.Arbitrary<T>) => fc.array(of, { maxLength: 4 })

const variable = fc.oneof(
  fc.record({ access: fc.constant('variable-name'), name: u16 }),
  fc.record({ access: fc.constant('parameterized-access'), name: u16, selector: u8, parameter: anyData }),
  fc.record({ access: fc.constant('block-number-access'), blockNumber: u16 }),
  fc.record({
    access: fc.constant('read-data-block-access'),
    lastBlock: fc.boolean(),
    blockNumber: u16,
    raw: bytes,
  }),
  fc.record({ access: fc.constant('write-data-block-access'), lastBlock: fc.boolean(), blockNumber: u16 }),
)
const specification = fc.oneof(
  fc.record({ service: fc.constantFrom('get', 'set'), attribute }),
  fc.record({ service: fc.constant('action'), method }),
)

const service = (kind: string, form: string, fields: Record<string, fc.Arbitrary<unknown>>) =>
  fc.record({ kind: fc.constant(kind), form: fc.constant(form), invokeIdAndPriority: u8, ...fields })
const message = (kind: string, fields: Record<string, fc.Arbitrary<unknown>>, optional: string[] = []) => {
  const required = ['kind', ...Object.keys(fields).filter((key) => !optional.includes(key))]
  return fc.record({ kind: fc.constant(kind), ...fields }, { requiredKeys: required as never[] })
}
const conformance = fc.subarray([...conformanceBits])
const context = fc.constantFrom('logical-name', 'short-name', 'logical-name-ciphered', 'short-name-ciphered')
const association = {
  context,
  protocolVersion: fc.constantFrom('1', '10'),
  authenticationRequired: fc.boolean(),
  mechanism: int(0, 7),
  authenticationValue: bytes,
  userInformation: bytes,
}
const header = {
  transactionId: bytes,
  originatorSystemTitle: bytes,
  recipientSystemTitle: bytes,
  dateTime: bytes,
  otherInformation: bytes,
  content: bytes,
}

export const anyApdu = fc.oneof(
  service('get-request', 'normal', { attribute }),
  service('get-request', 'next', { blockNumber: u32 }),
  service('get-request', 'with-list', { attributes: list(attribute) }),
  service('get-response', 'normal', { result }),
  service('get-response', 'with-datablock', {
    lastBlock: fc.boolean(),
    blockNumber: u32,
    block: fc.oneof(
      bytes.map((raw) => ({ ok: true, raw })),
      failure,
    ),
  }),
  service('get-response', 'with-list', { results: list(result) }),
  service('set-request', 'normal', { attribute, data: anyData }),
  service('set-request', 'with-first-datablock', { attribute, block }),
  service('set-request', 'with-datablock', { block }),
  service('set-request', 'with-list', { attributes: list(attribute), data: list(anyData) }),
  service('set-request', 'with-list-and-first-datablock', { attributes: list(attribute), block }),
  fc.tuple(service('set-response', 'normal', {}), outcome).map(([a, b]) => ({ ...a, ...b })),
  service('set-response', 'datablock', { blockNumber: u32 }),
  fc
    .tuple(service('set-response', 'last-datablock', { blockNumber: u32 }), outcome)
    .map(([a, b]) => ({ ...a, ...b })),
  service('set-response', 'last-datablock-with-list', { blockNumber: u32, results: list(outcome) }),
  service('set-response', 'with-list', { results: list(outcome) }),
  service('action-request', 'normal', { method }),
  service('action-request', 'normal', { method, data: anyData }),
  service('action-request', 'next-pblock', { blockNumber: u32 }),
  service('action-request', 'with-list', { methods: list(method), data: list(anyData) }),
  service('action-request', 'with-first-pblock', { method, block }),
  service('action-request', 'with-list-and-first-pblock', { methods: list(method), block }),
  service('action-request', 'with-pblock', { block }),
  service('action-response', 'normal', { outcome: actionOutcome }),
  service('action-response', 'with-pblock', { block }),
  service('action-response', 'with-list', { outcomes: list(actionOutcome) }),
  service('action-response', 'next-pblock', { blockNumber: u32 }),
  message(
    'data-notification',
    {
      longInvokeId: u32,
      dateTime: fc.oneof(exactly(0), exactly(12)),
      dateTimeTagged: fc.constant(true),
      body: anyData,
    },
    ['dateTimeTagged'],
  ),
  message('event-notification-request', { time: bytes, attribute: plain, data: anyData }, ['time']),
  message('information-report', { time: bytes, variables: list(variable), data: list(anyData) }, ['time']),
  message('data-notification-confirm', { longInvokeId: u32, dateTime: bytes }),
  message('read-request', { variables: list(variable) }),
  message('read-response', {
    results: list(
      fc.oneof(
        fc.record({ choice: fc.constant('data'), data: anyData }),
        failure.map(({ result, code }) => ({ choice: 'data-access-error', result, code })),
        fc.record({
          choice: fc.constant('data-block-result'),
          lastBlock: fc.boolean(),
          blockNumber: u16,
          raw: bytes,
        }),
        fc.record({ choice: fc.constant('block-number'), blockNumber: u16 }),
      ),
    ),
  }),
  message('write-request', { variables: list(variable), data: list(anyData) }),
  message('unconfirmed-write-request', { variables: list(variable), data: list(anyData) }),
  message('write-response', {
    results: list(
      fc.oneof(
        fc.constant({ choice: 'success' }),
        failure.map(({ result, code }) => ({ choice: 'data-access-error', result, code })),
        fc.record({ choice: fc.constant('block-number'), blockNumber: u16 }),
      ),
    ),
  }),
  message('access-request', {
    longInvokeId: u32,
    dateTime: bytes,
    specifications: list(specification),
    data: list(anyData),
  }),
  message(
    'access-response',
    {
      longInvokeId: u32,
      dateTime: bytes,
      specifications: list(specification),
      data: list(anyData),
      results: list(
        fc.oneof(
          fc.tuple(fc.constantFrom('get', 'set'), u8).map(([of, code]) => ({
            service: of,
            result: dataAccessName(code),
            code,
          })),
          u8.map((code) => ({ service: 'action', result: actionName(code), code })),
        ),
      ),
    },
    ['specifications'],
  ),
  message(
    'initiate-request',
    {
      dedicatedKey: bytes,
      responseAllowed: fc.boolean(),
      qualityOfService: int(-128, 127),
      dlmsVersion: u8,
      conformance,
      maxPduSize: u16,
    },
    ['dedicatedKey', 'responseAllowed', 'qualityOfService'],
  ),
  message('initiate-response', { dlmsVersion: u8, conformance, maxPduSize: u16, vaaName: u16 }),
  message('confirmed-service-error', { service: u8, errorKind: u8, value: u8 }),
  message('exception-response', { stateError: u8, serviceError: int(0, 5) }),
  message('exception-response', { stateError: u8, serviceError: fc.constant(6), invocationCounter: u32 }),
  message('general-block-transfer', {
    lastBlock: fc.boolean(),
    streaming: fc.boolean(),
    window: int(0, 63),
    blockNumber: u16,
    blockNumberAck: u16,
    data: bytes,
  }),
  fc.record({
    kind: fc.constant('glo-ciphered'),
    tag: fc.constant(0xc8),
    service: fc.constant('get-request'),
    content: bytes,
  }),
  fc.record({
    kind: fc.constant('ded-ciphered'),
    tag: fc.constant(0xd4),
    service: fc.constant('get-response'),
    content: bytes,
  }),
  message('general-glo-ciphering', { systemTitle: bytes, content: bytes }),
  message('general-ded-ciphering', { systemTitle: bytes, content: bytes }),
  message(
    'general-ciphering',
    {
      ...header,
      keyInfo: fc.oneof(
        fc.record({ kind: fc.constant('identified-key'), keyId: u8 }),
        fc.record({ kind: fc.constant('wrapped-key'), kekId: u8, keyCipheredData: bytes }),
        fc.record({ kind: fc.constant('agreed-key'), keyParameters: bytes, keyCipheredData: bytes }),
      ),
    },
    ['keyInfo'],
  ),
  message('general-signing', { ...header, signature: bytes }),
  message(
    'aarq',
    { ...association, callingApTitle: bytes, callingAeQualifier: bytes, callingAeInvocationId: u32 },
    [
      'protocolVersion',
      'authenticationRequired',
      'mechanism',
      'authenticationValue',
      'userInformation',
      'callingApTitle',
      'callingAeQualifier',
      'callingAeInvocationId',
    ],
  ),
  message(
    'aare',
    {
      ...association,
      result: int(0, 2),
      diagnosticSource: fc.constantFrom('service-user', 'service-provider'),
      diagnostic: int(0, 14),
      respondingApTitle: bytes,
    },
    [
      'protocolVersion',
      'authenticationRequired',
      'mechanism',
      'authenticationValue',
      'userInformation',
      'respondingApTitle',
    ],
  ),
  message('rlrq', { reason: int(0, 127), userInformation: bytes }, ['reason', 'userInformation']),
  message('rlre', { reason: int(0, 127), userInformation: bytes }, ['reason', 'userInformation']),
) as fc.Arbitrary<unknown> as fc.Arbitrary<Apdu>
