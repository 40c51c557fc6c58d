// ACCESS on the server (Green Book 9.3.9): each item in order; with break-on-error the answer ends with the
// first item that fails. The service has no blocks of its own.

import { type Data, data } from '../../axdr/data.ts'
import {
  type AccessRequest,
  type AccessResult,
  type AccessSpecification,
  encodeApdu,
  longInvokeIdOf,
} from '../../xdlms/index.ts'
import { accessOutcome, type Handled, type Report, type ServiceContext } from './transfer.ts'

export function answerAccess(request: AccessRequest, context: ServiceContext): Handled {
  context.transfer = undefined
  const { specifications, longInvokeId, dateTime } = request
  const { breakOnError, selfDescriptive } = longInvokeIdOf(longInvokeId)
  const results: AccessResult[] = []
  const values: Data[] = []
  for (const [index, specification] of specifications.entries()) {
    const { result, value } = perform(specification, request.data[index], context)
    results.push(result)
    values.push(value ?? data.nul())
    if (breakOnError && result.code !== 0) break
  }
  const answer = encodeApdu({
    kind: 'access-response',
    longInvokeId,
    dateTime,
    ...(selfDescriptive && { specifications }),
    data: values,
    results,
  })
  const report: Report = {
    service: 'access',
    attributes: specifications.flatMap((item) => (item.service === 'action' ? [] : [item.attribute])),
    methods: specifications.flatMap((item) => (item.service === 'action' ? [item.method] : [])),
    results: results.map((result) => result.result),
  }
  return { answer, report }
}

function perform(
  specification: AccessSpecification,
  parameter: Data | undefined,
  context: ServiceContext,
): { readonly result: AccessResult; readonly value?: Data } {
  if (specification.service === 'action') {
    const given = parameter?.type === 'null-data' ? undefined : parameter
    const { result, code, returned } = context.invoke(specification.method, given)
    return { result: { service: 'action', result, code }, ...(returned?.ok && { value: returned.data }) }
  }
  const { service, attribute } = specification
  if (service === 'set') {
    const outcome = parameter ? context.set(attribute, parameter) : accessOutcome('type-unmatched')
    return { result: { service, ...outcome } }
  }
  const got = context.get(attribute)
  if (got.ok) return { result: { service, result: 'success', code: 0 }, value: got.data }
  return { result: { service, result: got.result, code: got.code } }
}
