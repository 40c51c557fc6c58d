// GET, SET, ACTION and ACCESS as elements (Green Book 9.5; names of the usual traces).

import type { SelectiveAccess } from '../xdlms/apdu.ts'
import { selectionOf, selectionParts } from '../xdlms/descriptors.ts'
import { actionName, actionResults, dataAccessName, dataAccessResults } from '../xdlms/results.ts'
import { data, dataList } from './data.ts'
import { element } from './document.ts'
import {
  type FieldShape,
  fail,
  flag,
  i8,
  list,
  named,
  obis,
  octets,
  oneOf,
  only,
  record,
  type Shape,
  u8,
  u16,
  u32,
} from './shapes.ts'

const selectionRecord = record<{ selector: number; parameters: never }>([
  ['selector', 'AccessSelector', u8],
  ['parameters', 'AccessParameters', data],
])
const selection: Shape<SelectiveAccess> = {
  write: (name, value, options) => selectionRecord.write(name, selectionParts(value) as never, options),
  read: (node) => {
    const { selector, parameters } = selectionRecord.read(node)
    return selectionOf(selector, parameters)
  },
}
const attribute = record([
  ['classId', 'ClassId', u16],
  ['obis', 'InstanceId', obis],
  ['attribute', 'AttributeId', i8],
  ['selection?', 'AccessSelection', selection],
])
const method = record([
  ['classId', 'ClassId', u16],
  ['obis', 'InstanceId', obis],
  ['method', 'MethodId', i8],
])
export const attributeDescriptor = attribute

const accessNames = { 0: 'success', ...dataAccessResults }
const actionNames = { 0: 'success', ...actionResults }
const code = named(accessNames)

/** `{result, code}` by name. */
type Outcome = { result: string; code: number }
const outcomeOf = (
  names: Readonly<Record<number, string>>,
  nameOf: (code: number) => string,
): Shape<Outcome> => {
  const shape = named(names)
  return {
    write: (name, value, options) => shape.write(name, value.code, options),
    read: (node) => {
      const value = shape.read(node)
      return { result: nameOf(value), code: value }
    },
  }
}
const accessOutcome = outcomeOf(accessNames, dataAccessName)
const actionOutcome = outcomeOf(actionNames, actionName)

export type Failure = { result: string; code: number }
const failureFields = (constants: object): Shape<unknown> => ({
  write: (name, value, options) => code.write(name, (value as Failure).code, options),
  read: (node) => {
    const value = code.read(node)
    return { ...constants, result: dataAccessName(value), code: value }
  },
})
/** What stands under `key` as the whole of the element. */
const alone = (key: string, shape: Shape<never>, constants: object): Shape<unknown> => ({
  write: (name, value, options) => shape.write(name, (value as Record<string, never>)[key] as never, options),
  read: (node) => ({ ...constants, [key]: shape.read(node) }),
})

/** Get-Data-Result. */
const dataResult = oneOf('ok', {
  true: ['Data', alone('data', data as Shape<never>, { ok: true })],
  false: ['DataAccessError', failureFields({ ok: false })],
})
const blockResult = oneOf('ok', {
  true: ['RawData', alone('raw', octets as Shape<never>, { ok: true })],
  false: ['DataAccessError', failureFields({ ok: false })],
})
const block = record([
  ['lastBlock', 'LastBlock', flag],
  ['blockNumber', 'BlockNumber', u32],
  ['raw', 'RawData', octets],
])
const actionResult: Shape<unknown> = record([
  ['outcome', 'Result', actionOutcome],
  ['returned?', 'ReturnParameters', dataResult],
])
/** The result's two parts lie flat in the value. */
const actionOutcomeData: Shape<unknown> = {
  write: (name, value, options) => {
    const { returned, ...outcome } = value as { returned?: unknown }
    return actionResult.write(name, { outcome, returned }, options)
  },
  read: (node) => {
    const { outcome, returned } = actionResult.read(node) as { outcome: object; returned?: unknown }
    return returned === undefined ? outcome : { ...outcome, returned }
  },
}

const invoke: FieldShape = ['invokeIdAndPriority', 'InvokeIdAndPriority', u8]
const number: FieldShape = ['blockNumber', 'BlockNumber', u32]
const attributes: FieldShape = [
  'attributes',
  'AttributeDescriptorList',
  list('AttributeDescriptor', attribute),
]
const methods: FieldShape = ['methods', 'MethodDescriptorList', list('MethodDescriptor', method)]
const dataBlock: FieldShape = ['block', 'DataBlock', block]
const parameterBlock: FieldShape = ['block', 'PBlock', block]

type Forms = Readonly<Record<string, readonly [name: string, ...fields: FieldShape[]]>>

/** A service whose element holds the element of its form. */
function service(kind: string, forms: Forms): Shape<unknown> {
  return oneOf(
    'form',
    Object.fromEntries(
      Object.entries(forms).map(([form, [name, ...fields]]) => [
        form,
        [name, record([invoke, ...fields], { kind, form })] as const,
      ]),
    ),
  )
}

/** `{form, result, code, …}`: the outcome lies flat in the APDU. */
function flatOutcome(shape: Shape<unknown>): Shape<unknown> {
  return {
    write: (name, value, options) => {
      const { result, code, ...rest } = value as Failure & { results?: unknown }
      return shape.write(name, rest.results ? value : { ...rest, outcome: { result, code } }, options)
    },
    read: (node) => {
      const { outcome, ...rest } = shape.read(node) as { outcome?: object }
      return { ...rest, ...outcome }
    },
  }
}

const results: FieldShape = ['results', 'Result', list('DataAccessResult', accessOutcome)]
const outcome: FieldShape = ['outcome', 'Result', accessOutcome]

export const getRequest = service('get-request', {
  normal: ['GetRequestNormal', ['attribute', 'AttributeDescriptor', attribute]],
  next: ['GetRequestNext', number],
  'with-list': ['GetRequestWithList', attributes],
})
export const getResponse = service('get-response', {
  normal: ['GetResponseNormal', ['result', 'Result', dataResult]],
  'with-datablock': [
    'GetResponseWithDataBlock',
    ['lastBlock', 'LastBlock', flag],
    number,
    ['block', 'Result', blockResult],
  ],
  'with-list': ['GetResponseWithList', ['results', 'ResultList', list('Result', dataResult)]],
})
export const setRequest = service('set-request', {
  normal: ['SetRequestNormal', ['attribute', 'AttributeDescriptor', attribute], ['data', 'Value', data]],
  'with-first-datablock': [
    'SetRequestWithFirstDataBlock',
    ['attribute', 'AttributeDescriptor', attribute],
    dataBlock,
  ],
  'with-datablock': ['SetRequestWithDataBlock', dataBlock],
  'with-list': ['SetRequestWithList', attributes, ['data', 'ValueList', dataList]],
  'with-list-and-first-datablock': ['SetRequestWithListAndWithFirstDataBlock', attributes, dataBlock],
})
export const setResponse = flatOutcome(
  service('set-response', {
    normal: ['SetResponseNormal', outcome],
    datablock: ['SetResponseDataBlock', number],
    'last-datablock': ['SetResponseLastDataBlock', outcome, number],
    'last-datablock-with-list': ['SetResponseLastDataBlockWithList', results, number],
    'with-list': ['SetResponseWithList', results],
  }),
)
export const actionRequest = service('action-request', {
  normal: [
    'ActionRequestNormal',
    ['method', 'MethodDescriptor', method],
    ['data?', 'MethodInvocationParameters', data],
  ],
  'next-pblock': ['ActionRequestNextPBlock', number],
  'with-list': ['ActionRequestWithList', methods, ['data', 'MethodInvocationParametersList', dataList]],
  'with-first-pblock': [
    'ActionRequestWithFirstPBlock',
    ['method', 'MethodDescriptor', method],
    parameterBlock,
  ],
  'with-list-and-first-pblock': ['ActionRequestWithListAndFirstPBlock', methods, parameterBlock],
  'with-pblock': ['ActionRequestWithPBlock', parameterBlock],
})
export const actionResponse = service('action-response', {
  normal: ['ActionResponseNormal', ['outcome', 'SingleResponse', actionOutcomeData]],
  'with-pblock': ['ActionResponseWithPBlock', parameterBlock],
  'with-list': [
    'ActionResponseWithList',
    ['outcomes', 'ListOfResponses', list('SingleResponse', actionOutcomeData)],
  ],
  'next-pblock': ['ActionResponseNextPBlock', number],
})

/** An ACCESS names an attribute with a selection in a choice of its own. */
const specification: Shape<unknown> = {
  write: (name, value, options) => {
    const { service, attribute: described, method: invoked } = value as Record<string, never>
    const selected = (described as { selection?: unknown } | undefined)?.selection !== undefined
    const inner =
      service === 'action'
        ? method.write('AccessRequestAction', invoked, options)
        : attribute.write(
            `AccessRequest${service === 'get' ? 'Get' : 'Set'}${selected ? 'WithSelection' : ''}`,
            described,
            options,
          )
    return element(name, {}, [inner])
  },
  read: (node) => {
    const child = only(node)
    const found = /^AccessRequest(Get|Set|Action)(WithSelection)?$/.exec(child.name)
    if (!found) fail(child, 'is no access request')
    if (found[1] === 'Action') return { service: 'action', method: method.read(child) }
    return { service: found[1] === 'Get' ? 'get' : 'set', attribute: attribute.read(child) }
  },
}
const accessResult: Shape<unknown> = {
  write: (name, value, options) => {
    const { service, ...result } = value as Failure & { service: string }
    const shape = service === 'action' ? actionOutcome : accessOutcome
    const word = { get: 'Get', set: 'Set', action: 'Action' }[service]
    return element(name, {}, [shape.write(`AccessResponse${word}`, result, options)])
  },
  read: (node) => {
    const child = only(node)
    const service = { AccessResponseGet: 'get', AccessResponseSet: 'set', AccessResponseAction: 'action' }[
      child.name
    ]
    if (!service) fail(child, 'is no access response')
    return { service, ...(service === 'action' ? actionOutcome : accessOutcome).read(child) }
  },
}
const long: readonly FieldShape[] = [
  ['longInvokeId', 'LongInvokeIdAndPriority', u32],
  ['dateTime', 'DateTime', octets],
]
const specifications = list('AccessRequestSpecification', specification)
export const accessRequest = record(
  [
    ...long,
    ['specifications', 'AccessRequestListOfSpecifications', specifications],
    ['data', 'AccessRequestListOfData', dataList],
  ],
  { kind: 'access-request' },
)
export const accessResponse = record(
  [
    ...long,
    ['specifications?', 'AccessRequestListOfSpecifications', specifications],
    ['data', 'AccessResponseListOfData', dataList],
    ['results', 'AccessResponseListOfSpecifications', list('AccessResponseSpecification', accessResult)],
  ],
  { kind: 'access-response' },
)

/** Short-name services (Green Book 9.3.13 to 9.3.17). */
const variable = oneOf('access', {
  'variable-name': ['VariableName', alone('name', u16 as Shape<never>, { access: 'variable-name' })],
  'parameterized-access': [
    'ParameterizedAccess',
    record(
      [
        ['name', 'VariableName', u16],
        ['selector', 'Selector', u8],
        ['parameter', 'Parameter', data],
      ],
      { access: 'parameterized-access' },
    ),
  ],
  'block-number-access': [
    'BlockNumberAccess',
    record([['blockNumber', 'BlockNumber', u16]], { access: 'block-number-access' }),
  ],
  'read-data-block-access': [
    'ReadDataBlockAccess',
    record(
      [
        ['lastBlock', 'LastBlock', flag],
        ['blockNumber', 'BlockNumber', u16],
        ['raw', 'RawData', octets],
      ],
      { access: 'read-data-block-access' },
    ),
  ],
  'write-data-block-access': [
    'WriteDataBlockAccess',
    record(
      [
        ['lastBlock', 'LastBlock', flag],
        ['blockNumber', 'BlockNumber', u16],
      ],
      { access: 'write-data-block-access' },
    ),
  ],
})
const variables: FieldShape = [
  'variables',
  'ListOfVariableAccessSpecification',
  list('VariableAccessSpecification', variable),
]
const listOfData: FieldShape = ['data', 'ListOfData', dataList]
const accessError = ['DataAccessError', failureFields({ choice: 'data-access-error' })] as const
const shortBlock = [
  'BlockNumber',
  alone('blockNumber', u16 as Shape<never>, { choice: 'block-number' }),
] as const

export const readRequest = record([variables], { kind: 'read-request' })
export const writeRequest = record([variables, listOfData], { kind: 'write-request' })
export const unconfirmedWriteRequest = record([variables, listOfData], { kind: 'unconfirmed-write-request' })
export const informationReport = record([['time?', 'CurrentTime', octets], variables, listOfData], {
  kind: 'information-report',
})
export const readResponse = record(
  [
    [
      'results',
      'ListOfResults',
      list(
        'Result',
        oneOf('choice', {
          data: ['Data', alone('data', data as Shape<never>, { choice: 'data' })],
          'data-access-error': accessError,
          'data-block-result': [
            'DataBlockResult',
            record(
              [
                ['lastBlock', 'LastBlock', flag],
                ['blockNumber', 'BlockNumber', u16],
                ['raw', 'RawData', octets],
              ],
              { choice: 'data-block-result' },
            ),
          ],
          'block-number': shortBlock,
        }),
      ),
    ],
  ],
  { kind: 'read-response' },
)
export const writeResponse = record(
  [
    [
      'results',
      'ListOfResults',
      list(
        'Result',
        oneOf('choice', {
          success: ['Success', record([], { choice: 'success' })],
          'data-access-error': accessError,
          'block-number': shortBlock,
        }),
      ),
    ],
  ],
  { kind: 'write-response' },
)
