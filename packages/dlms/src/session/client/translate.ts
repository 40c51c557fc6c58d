// GET, SET and ACTION by logical name in an association by short names (Green Book 9.4.6.10: how the LN
// services map to Read and Write). An object that the server does not list is answered here: it has no name.

import { type Data, data } from '../../axdr/data.ts'
import {
  type AttributeDescriptor,
  type DataResult,
  dataAccessCode,
  decodeApdu,
  encodeApdu,
  selectionParts,
  type VariableAccess,
} from '../../xdlms/index.ts'
import { hlsReplyName, methodReturns, type ShortNames } from '../shortNames.ts'
import type { ActionOutcome, ActionRequest, ReadItem, SetOutcome, SetRequest, WriteItem } from '../types.ts'
import type { Operation, OperationContext, Outcome, Step } from './operation.ts'
import { readOperation, writeOperation } from './read.ts'

const undefinedObject = {
  ok: false,
  result: 'object-undefined',
  code: dataAccessCode('object-undefined'),
} as const

export function readByName(items: readonly ReadItem[], context: OperationContext): Operation {
  return readOperation(
    items.map(variableOf),
    (results) => ({ kind: 'response', service: 'read', results }),
    context,
  )
}

export function writeByName(items: readonly WriteItem[], context: OperationContext): Operation {
  return writeOperation(
    items.map(variableOf),
    items.map((item) => item.data),
    (results) => ({ kind: 'response', service: 'write', results }),
    context,
  )
}

export function getByShortName(
  attributes: readonly AttributeDescriptor[],
  raw: boolean,
  names: ShortNames,
  context: OperationContext,
): Operation {
  const variables = attributes.map((attribute) => attributeVariable(attribute, names))
  const outcome = (
    results: readonly DataResult[],
    apdu: Uint8Array,
    dataOffset: number | undefined,
    blocks: number,
  ): Outcome => {
    const all = spread(variables, results, undefinedObject as DataResult)
    const bare = raw && dataOffset !== undefined
    return {
      kind: 'response',
      service: 'get',
      results: bare ? [] : all,
      apdu,
      ...(dataOffset !== undefined && { dataOffset }),
      blocks,
    }
  }
  const known = variables.filter((variable) => variable !== undefined)
  if (known.length === 0) return answered(outcome([], new Uint8Array(0), undefined, 0))
  return readOperation(known, outcome, context)
}

export function setByShortName(
  requests: readonly SetRequest[],
  names: ShortNames,
  context: OperationContext,
): Operation {
  const variables = requests.map((request) => attributeVariable(request.attribute, names))
  const outcome = (results: readonly SetOutcome[]): Outcome => ({
    kind: 'response',
    service: 'set',
    results: spread(variables, results, undefinedObject as SetOutcome),
  })
  const known = variables.filter((variable) => variable !== undefined)
  if (known.length === 0) return answered(outcome([]))
  const values = requests.filter((_, index) => variables[index]).map((request) => request.data)
  return writeOperation(known, values, outcome, context)
}

/** A method that returns parameters is read with its own parameters, any other is written. */
export function actionByShortName(
  request: ActionRequest,
  names: ShortNames,
  context: OperationContext,
): Operation {
  const { method } = request
  const name = names.method(method)
  const outcome = (result: ActionOutcome): Outcome => ({
    kind: 'response',
    service: 'action',
    results: [result],
  })
  if (name === undefined) return answered(outcome(undefinedObject))
  const parameter: Data = request.data ?? data.nul()
  if (context.confirmed && methodReturns(method.classId, method.method)) {
    const variable = { access: 'parameterized-access', name, selector: 0, parameter } as const
    return readOperation(
      [variable],
      ([result]) =>
        outcome(
          result.ok
            ? { ok: true, result: 'success', code: 0, data: result.data }
            : { ok: false, result: actionError(result.result), code: result.code },
        ),
      context,
    )
  }
  return writeOperation(
    [{ access: 'variable-name', name }],
    [parameter],
    ([result]) => outcome({ ...result, result: actionError(result.result) }),
    context,
  )
}

/** data-access-result and action-result share their names but for those of a transfer. */
function actionError(result: SetOutcome['result']): ActionOutcome['result'] {
  switch (result) {
    case 'long-get-aborted':
    case 'long-set-aborted':
      return 'long-action-aborted'
    case 'no-long-get-in-progress':
    case 'no-long-set-in-progress':
      return 'no-long-action-in-progress'
    case 'data-block-number-invalid':
      return 'data-block-unavailable'
    default:
      return result
  }
}

function variableOf({ name, selector, parameter }: ReadItem): VariableAccess {
  return parameter === undefined
    ? { access: 'variable-name', name }
    : { access: 'parameterized-access', name, selector: selector ?? 0, parameter }
}

function attributeVariable(attribute: AttributeDescriptor, names: ShortNames): VariableAccess | undefined {
  const name = names.attribute(attribute)
  if (name === undefined) return undefined
  if (!attribute.selection) return { access: 'variable-name', name }
  const { selector, parameters: parameter } = selectionParts(attribute.selection)
  return { access: 'parameterized-access', name, selector, parameter }
}

/** Results of the known variables in the places of all. */
function spread<T>(
  variables: readonly (VariableAccess | undefined)[],
  results: readonly T[],
  missing: T,
): T[] {
  let next = 0
  return variables.map((variable) => (variable ? results[next++] : missing))
}

function answered(outcome: Outcome): Operation {
  const done: Step = { kind: 'done', outcome }
  return { start: () => done, receive: () => done }
}

/** Pass 3 of HLS by short names: the ACTION that was built, as the Read it stands for. */
export function hlsReplyByShortName(action: Uint8Array): Uint8Array {
  const decoded = decodeApdu(action)
  const parameter =
    decoded.kind === 'ok' && 'data' in decoded.value && decoded.value.kind === 'action-request'
      ? (decoded.value.data as Data)
      : data.nul()
  const variable = { access: 'parameterized-access', name: hlsReplyName, selector: 0, parameter } as const
  return encodeApdu({ kind: 'read-request', variables: [variable] })
}

/** Pass 4 by short names, as the action response it stands for; any other APDU as it is. */
export function hlsAnswerByShortName(plain: Uint8Array, invokeId: number): Uint8Array {
  const decoded = decodeApdu(plain)
  if (decoded.kind !== 'ok' || decoded.value.kind !== 'read-response') return plain
  const [result] = decoded.value.results
  const head = { kind: 'action-response', form: 'normal', invokeIdAndPriority: invokeId } as const
  if (result?.choice === 'data') {
    const returned = { ok: true, data: result.data } as const
    return encodeApdu({ ...head, outcome: { result: 'success', code: 0, returned } })
  }
  const code = result?.choice === 'data-access-error' ? result.code : 250
  return encodeApdu({ ...head, outcome: { result: 'other-reason', code } })
}
