// Every APDU as a document in the form that DLMS translators print, and back.

import {
  type applicationContexts,
  associationResults,
  authenticationMechanisms,
  providerDiagnostics,
  releaseReasons,
  userDiagnostics,
} from '../acse/types.ts'
import { DlmsError, type Parse } from '../parse.ts'
import { type Apdu, decodeApdu, encodeApdu } from '../xdlms/apdu.ts'
import { conformanceBits } from '../xdlms/conformance.ts'
import { cipheredTags } from '../xdlms/general.ts'
import { serviceErrorKinds, serviceErrors, stateErrors } from '../xdlms/results.ts'
import { data } from './data.ts'
import { element, readXml, writeXml, type XmlElement } from './document.ts'
import * as services from './services.ts'
import {
  type FieldShape,
  fail,
  flag,
  i8,
  named,
  octets,
  oneOf,
  only,
  pascal,
  readFields,
  record,
  type Shape,
  secret,
  text,
  textOf,
  u8,
  u16,
  u32,
  type WriteOptions,
  word,
  writeFields,
} from './shapes.ts'

const contexts = word({
  ...({ 'logical-name': 'LN', 'short-name': 'SN' } as const),
  ...({ 'logical-name-ciphered': 'LN_WITH_CIPHERING', 'short-name-ciphered': 'SN_WITH_CIPHERING' } as const),
  unknown: 'UNKNOWN',
} satisfies Record<(typeof applicationContexts)[1 | 2 | 3 | 4] | 'unknown', string>)

const conformance: Shape<readonly string[]> = {
  write: (name, bits) =>
    element(
      name,
      {},
      bits.map((bit) => element('ConformanceBit', { Name: pascal(bit) })),
    ),
  read: (node) =>
    node.children.map((child) => {
      const found = conformanceBits.find((bit) => pascal(bit) === textOf(child, 'Name'))
      if (child.name !== 'ConformanceBit' || !found) fail(child, 'is no conformance bit')
      return found
    }),
}

const initiateRequest = record(
  [
    ['dedicatedKey?', 'DedicatedKey', secret],
    ['responseAllowed?', 'ResponseAllowed', flag],
    ['qualityOfService?', 'ProposedQualityOfService', i8],
    ['dlmsVersion', 'ProposedDlmsVersionNumber', u8],
    ['conformance', 'ProposedConformance', conformance],
    ['maxPduSize', 'ProposedMaxPduSize', u16],
  ],
  { kind: 'initiate-request' },
)
const initiateResponse = record(
  [
    ['qualityOfService?', 'NegotiatedQualityOfService', i8],
    ['dlmsVersion', 'NegotiatedDlmsVersionNumber', u8],
    ['conformance', 'NegotiatedConformance', conformance],
    ['maxPduSize', 'NegotiatedMaxPduSize', u16],
    ['vaaName', 'VaaName', u16],
  ],
  { kind: 'initiate-response' },
)

const nothing: WriteOptions = { redact: false }

/** The APDU inside, when it is one and comes out the same; its octets otherwise. */
const userInformation: Shape<Uint8Array> = {
  write: (name, value, options) => {
    const parsed = decodeApdu(value)
    const whole = parsed.kind === 'ok' && parsed.next === value.length
    const same = whole && hexOf(encodeApdu(parsed.value)) === hexOf(value)
    return same ? element(name, {}, [apduElement(parsed.value, options)]) : octets.write(name, value, options)
  },
  read: (node) => (node.children.length > 0 ? encodeApdu(apduOf(only(node))) : octets.read(node)),
}
const hexOf = (bytes: Uint8Array) => octets.write('', bytes, nothing).attributes['Value']

const authentication = (side: 'Calling' | 'Responding'): FieldShape[] => [
  [
    'authenticationRequired?',
    side === 'Calling' ? 'SenderACSERequirements' : 'ResponderACSERequirements',
    flag,
  ],
  ['mechanism?', 'MechanismName', named(authenticationMechanisms)],
]
const aarqFields: readonly FieldShape[] = [
  ['protocolVersion?', 'ProtocolVersion', text],
  ['context', 'ApplicationContextName', contexts],
  ['contextOid?', 'ApplicationContextOid', octets],
  ['calledApTitle?', 'CalledAPTitle', octets],
  ['callingApTitle?', 'CallingAPTitle', octets],
  ['callingAeQualifier?', 'CallingAEQualifier', octets],
  ['callingAeInvocationId?', 'CallingAEInvocationId', u32],
  ...authentication('Calling'),
  ['authenticationValue?', 'CallingAuthentication', secret],
  ['userInformation?', 'UserInformation', userInformation],
]
const aareFields: readonly FieldShape[] = [
  ['protocolVersion?', 'ProtocolVersion', text],
  ['context', 'ApplicationContextName', contexts],
  ['contextOid?', 'ApplicationContextOid', octets],
  ['result', 'AssociationResult', named(associationResults)],
  [
    'diagnosis',
    'ResultSourceDiagnostic',
    oneOf('diagnosticSource', {
      'service-user': ['ACSEServiceUser', diagnostic('service-user', userDiagnostics)],
      'service-provider': ['ACSEServiceProvider', diagnostic('service-provider', providerDiagnostics)],
    }),
  ],
  ['respondingApTitle?', 'RespondingAPTitle', octets],
  ['respondingAeQualifier?', 'RespondingAEQualifier', octets],
  ['respondingAeInvocationId?', 'RespondingAEInvocationId', u32],
  ...authentication('Responding'),
  ['authenticationValue?', 'RespondingAuthentication', secret],
  ['userInformation?', 'UserInformation', userInformation],
]

function diagnostic(source: string, names: Readonly<Record<number, string>>): Shape<unknown> {
  const code = named(names)
  return {
    write: (name, value, options) => code.write(name, (value as { diagnostic: number }).diagnostic, options),
    read: (node) => ({ diagnosticSource: source, diagnostic: code.read(node) }),
  }
}

/** AARQ and AARE: the challenge of a high-level mechanism is shown even when secrets are hidden. */
function association(kind: 'aarq' | 'aare', fields: readonly FieldShape[]): Shape<unknown> {
  return {
    write: (name, value, options) => {
      const apdu = value as Record<string, unknown>
      const shown = Number(apdu['mechanism'] ?? 0) >= 2
      const values = { ...apdu, diagnosis: apdu }
      const open = fields.map(
        (field): FieldShape => (shown && field[2] === secret ? [field[0], field[1], octets] : field),
      )
      return element(name, {}, writeFields(open, values, options))
    },
    read: (node) => {
      const { diagnosis, ...values } = readFields(fields, node)
      return { kind, ...values, ...(diagnosis as object) }
    },
  }
}

const release = (kind: string): Shape<unknown> =>
  record(
    [
      ['reason?', 'Reason', named(releaseReasons)],
      ['userInformation?', 'UserInformation', userInformation],
    ],
    { kind },
  )

const generalHeader: readonly FieldShape[] = [
  ['transactionId', 'TransactionId', octets],
  ['originatorSystemTitle', 'OriginatorSystemTitle', octets],
  ['recipientSystemTitle', 'RecipientSystemTitle', octets],
  ['dateTime', 'DateTime', octets],
  ['otherInformation', 'OtherInformation', octets],
]
const keyInfo = oneOf('kind', {
  'identified-key': ['IdentifiedKey', record([['keyId', 'KeyId', u8]], { kind: 'identified-key' })],
  'wrapped-key': [
    'WrappedKey',
    record(
      [
        ['kekId', 'KekId', u8],
        ['keyCipheredData', 'KeyCipheredData', octets],
      ],
      { kind: 'wrapped-key' },
    ),
  ],
  'agreed-key': [
    'AgreedKey',
    record(
      [
        ['keyParameters', 'KeyParameters', octets],
        ['keyCipheredData', 'KeyCipheredData', octets],
      ],
      { kind: 'agreed-key' },
    ),
  ],
})
const systemTitled = (kind: string): Shape<unknown> =>
  record(
    [
      ['systemTitle', 'SystemTitle', octets],
      ['content', 'CipheredService', octets],
    ],
    { kind },
  )

/** Kind of APDU, its element, its shape. */
const shapes: readonly (readonly [kind: Apdu['kind'], name: string, shape: Shape<unknown>])[] = [
  ['get-request', 'GetRequest', services.getRequest],
  ['get-response', 'GetResponse', services.getResponse],
  ['set-request', 'SetRequest', services.setRequest],
  ['set-response', 'SetResponse', services.setResponse],
  ['action-request', 'ActionRequest', services.actionRequest],
  ['action-response', 'ActionResponse', services.actionResponse],
  ['access-request', 'AccessRequest', services.accessRequest],
  ['access-response', 'AccessResponse', services.accessResponse],
  ['read-request', 'ReadRequest', services.readRequest],
  ['read-response', 'ReadResponse', services.readResponse],
  ['write-request', 'WriteRequest', services.writeRequest],
  ['write-response', 'WriteResponse', services.writeResponse],
  ['unconfirmed-write-request', 'UnconfirmedWriteRequest', services.unconfirmedWriteRequest],
  ['information-report', 'InformationReportRequest', services.informationReport],
  [
    'data-notification',
    'DataNotification',
    record(
      [
        ['longInvokeId', 'LongInvokeIdAndPriority', u32],
        ['dateTime', 'DateTime', octets],
        ['dateTimeTagged?', 'DateTimeTagged', flag],
        [
          'body',
          'NotificationBody',
          {
            write: (name, value, options) => element(name, {}, [data.write('DataValue', value, options)]),
            read: (node) => data.read(only(node)),
          } as Shape<never>,
        ],
      ],
      { kind: 'data-notification' },
    ),
  ],
  [
    'data-notification-confirm',
    'DataNotificationConfirm',
    record(
      [
        ['longInvokeId', 'LongInvokeIdAndPriority', u32],
        ['dateTime', 'DateTime', octets],
      ],
      { kind: 'data-notification-confirm' },
    ),
  ],
  [
    'event-notification-request',
    'EventNotificationRequest',
    record(
      [
        ['time?', 'Time', octets],
        ['attribute', 'AttributeDescriptor', services.attributeDescriptor],
        ['data', 'AttributeValue', data],
      ],
      { kind: 'event-notification-request' },
    ),
  ],
  ['initiate-request', 'InitiateRequest', initiateRequest],
  ['initiate-response', 'InitiateResponse', initiateResponse],
  [
    'confirmed-service-error',
    'ConfirmedServiceError',
    record(
      [
        ['service', 'Service', u8],
        ['errorKind', 'ServiceError', named(serviceErrorKinds)],
        ['value', 'Value', u8],
      ],
      { kind: 'confirmed-service-error' },
    ),
  ],
  [
    'exception-response',
    'ExceptionResponse',
    record(
      [
        ['stateError', 'StateError', named(stateErrors)],
        ['serviceError', 'ServiceError', named(serviceErrors)],
        ['invocationCounter?', 'InvocationCounter', u32],
      ],
      { kind: 'exception-response' },
    ),
  ],
  [
    'general-block-transfer',
    'GeneralBlockTransfer',
    record(
      [
        ['lastBlock', 'LastBlock', flag],
        ['streaming', 'Streaming', flag],
        ['window', 'Window', u8],
        ['blockNumber', 'BlockNumber', u16],
        ['blockNumberAck', 'BlockNumberAck', u16],
        ['data', 'BlockData', octets],
      ],
      { kind: 'general-block-transfer' },
    ),
  ],
  ['general-glo-ciphering', 'GeneralGloCiphering', systemTitled('general-glo-ciphering')],
  ['general-ded-ciphering', 'GeneralDedCiphering', systemTitled('general-ded-ciphering')],
  [
    'general-ciphering',
    'GeneralCiphering',
    record([...generalHeader, ['keyInfo?', 'KeyInfo', keyInfo], ['content', 'CipheredContent', octets]], {
      kind: 'general-ciphering',
    }),
  ],
  [
    'general-signing',
    'GeneralSigning',
    record([...generalHeader, ['content', 'Content', octets], ['signature', 'Signature', octets]], {
      kind: 'general-signing',
    }),
  ],
  ['aarq', 'AssociationRequest', association('aarq', aarqFields)],
  ['aare', 'AssociationResponse', association('aare', aareFields)],
  ['rlrq', 'ReleaseRequest', release('rlrq')],
  ['rlre', 'ReleaseResponse', release('rlre')],
]
const byKind = new Map(shapes.map((row) => [row[0], row]))
const byName = new Map(shapes.map((row) => [row[1], row]))

/** `glo_GetRequest`, `ded_GetResponse` … by tag. */
const cipheredNames = new Map(
  [...cipheredTags].map(([tag, { kind, service }]) => [
    tag,
    `${kind === 'glo-ciphered' ? 'glo' : 'ded'}_${pascal(service)}`,
  ]),
)

function apduElement(apdu: Apdu, options: WriteOptions): XmlElement {
  if (apdu.kind === 'glo-ciphered' || apdu.kind === 'ded-ciphered') {
    return octets.write(cipheredNames.get(apdu.tag) ?? '', apdu.content, options)
  }
  const row = byKind.get(apdu.kind)
  if (!row) throw new DlmsError('unsupported', `${apdu.kind} has no element`)
  return row[2].write(row[1], apdu, options)
}

function apduOf(node: XmlElement): Apdu {
  const ciphered = [...cipheredNames].find(([, name]) => name === node.name)
  if (ciphered) {
    const [tag] = ciphered
    return { ...cipheredTags.get(tag), tag, content: octets.read(node) } as Apdu
  }
  const row = byName.get(node.name)
  if (!row) fail(node, 'is no APDU')
  return row[2].read(node) as Apdu
}

/**
 * The APDU in the form that DLMS translators print: `<GetRequest><GetRequestNormal>…`. Numbers are
 * hexadecimal, enumerations have names. With `redact` passwords and dedicated keys of an association become
 * asterisks; such a document cannot be read back.
 */
export function apduToXml(apdu: Apdu, options: Partial<WriteOptions> = {}): string {
  return writeXml(apduElement(apdu, { redact: options.redact ?? false }))
}

/** Reads what `apduToXml` writes. Never throws; the offset of a fault counts characters. */
export function apduFromXml(xml: string): Parse<Apdu> {
  try {
    const value = apduOf(readXml(xml))
    // What does not fit its fields is found here rather than when it is sent.
    encodeApdu(value)
    return { kind: 'ok', value, next: xml.length }
  } catch (error) {
    if (!(error instanceof DlmsError) && !(error instanceof RangeError)) throw error
    const { code = 'out-of-range', offset = 0 } = error as Partial<DlmsError>
    return { kind: 'malformed', error: { code, message: error.message, offset } }
  }
}
