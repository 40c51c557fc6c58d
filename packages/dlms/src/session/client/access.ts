// ACCESS (Green Book 9.3.9 and 9.4.6.6): gets, sets and actions of many objects in one exchange. What does
// not fit one PDU needs general block transfer; the service has no blocks of its own.

import { data } from '../../axdr/data.ts'
import {
  type AccessResponse,
  type AccessSpecification,
  type Apdu,
  encodeApdu,
  longInvokeId,
  longInvokeIdOf,
} from '../../xdlms/index.ts'
import type { AccessItem, AccessItemOutcome, AccessOptions } from '../types.ts'
import { failed, type Operation, type OperationContext, type Step, sendIfFits, stray } from './operation.ts'

export function accessOperation(
  items: readonly AccessItem[],
  options: AccessOptions,
  id: number,
  context: OperationContext,
): Operation {
  const { breakOnError = false, selfDescriptive = false } = options
  const invoke = longInvokeId(id, {
    breakOnError,
    selfDescriptive,
    confirmed: context.confirmed,
    high: context.high,
  })

  const take = (response: AccessResponse): Step => {
    if (longInvokeIdOf(response.longInvokeId).id !== id) {
      return stray(`an ACCESS answer with long-invoke-id ${longInvokeIdOf(response.longInvokeId).id}`)
    }
    const { results, data: returned } = response
    // With break-on-error the answer may end with the item that failed.
    const mayBreak = breakOnError && results.length > 0 && results[results.length - 1].code !== 0
    if (results.length > items.length || (results.length < items.length && !mayBreak)) {
      return failed('malformed', `${results.length} results for ${items.length} items`)
    }
    const fits = results.every((result, index) => result.service === items[index].service)
    if (!fits) return failed('malformed', 'the results are not those of the services asked for')
    const outcomes = items.map((item, index): AccessItemOutcome => {
      const result = results[index]
      if (!result) return { service: item.service, ok: false, result: 'not-processed', code: -1 }
      const value = result.service === 'set' ? undefined : returned[index]
      const returns = value && result.code === 0 && (result.service === 'get' || value.type !== 'null-data')
      return {
        service: result.service,
        ok: result.code === 0,
        result: result.result,
        code: result.code,
        ...(returns && { data: value }),
      }
    })
    if (outcomes.some((outcome) => outcome.service === 'get' && outcome.ok && !outcome.data)) {
      return failed('malformed', 'a value is missing in the ACCESS answer')
    }
    return {
      kind: 'done',
      outcome: { kind: 'response', service: 'access', results: outcomes, dateTime: response.dateTime },
    }
  }

  return {
    start: () =>
      sendIfFits(
        encodeApdu({
          kind: 'access-request',
          longInvokeId: invoke,
          dateTime: options.dateTime ?? new Uint8Array(0),
          specifications: items.map(specificationOf),
          data: items.map((item) => ('data' in item && item.data ? item.data : data.nul())),
        }),
        context,
      ),
    receive: (apdu: Apdu) =>
      apdu.kind === 'access-response' ? take(apdu) : stray(`a ${apdu.kind} where an ACCESS is in flight`),
  }
}

function specificationOf(item: AccessItem): AccessSpecification {
  return item.service === 'action'
    ? { service: 'action', method: item.method }
    : { service: item.service, attribute: item.attribute }
}
