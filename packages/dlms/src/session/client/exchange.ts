// One request of the caller: a single operation, or, where the server takes no lists, one after another.

import {
  type Apdu,
  type AttributeDescriptor,
  type DataResult,
  decodeApdu,
  invokeIdOf,
  serviceErrors,
  serviceErrorText,
  stateErrors,
} from '../../xdlms/index.ts'
import type { ActionOutcome, ActionRequest, SessionLimits, SetOutcome, SetRequest } from '../types.ts'
import { actionOperation } from './action.ts'
import { getOperation } from './get.ts'
import { failed, type Operation, type Step, stray } from './operation.ts'
import { setOperation } from './set.ts'

export type { Step } from './operation.ts'

export type Service =
  | {
      readonly kind: 'get'
      readonly items: readonly AttributeDescriptor[]
      readonly list: boolean
      readonly raw: boolean
    }
  | { readonly kind: 'set'; readonly items: readonly SetRequest[]; readonly list: boolean }
  | { readonly kind: 'action'; readonly items: readonly ActionRequest[]; readonly list: boolean }

export type ExchangeContext = {
  readonly limits: SessionLimits
  /** Longest bare APDU the server takes, bytes. */
  readonly maxPlainBytes: number
  /** The server takes several objects in one request. */
  readonly multipleReferences: boolean
  readonly nextInvokeId: () => number
}

const responseTags: Record<Service['kind'], number> = { get: 0xc4, set: 0xc5, action: 0xc7 }

export class Exchange {
  readonly #service: Service
  readonly #context: ExchangeContext
  readonly #oneByOne: boolean
  readonly #results: (DataResult | SetOutcome | ActionOutcome)[] = []
  #operation: Operation
  #invokeId = 0

  constructor(service: Service, context: ExchangeContext) {
    this.#service = service
    this.#context = context
    this.#oneByOne = service.list && (!context.multipleReferences || service.items.length === 1)
    this.#operation = this.#open(0)
  }

  start(): Step {
    return this.#operation.start()
  }

  receive(plain: Uint8Array): Step {
    const raw = this.#mine(plain) ? this.#operation.receiveRaw?.(plain) : undefined
    if (raw) return raw
    const decoded = decodeApdu(plain)
    if (decoded.kind !== 'ok') {
      const why = decoded.kind === 'more' ? 'the APDU is cut short' : decoded.error.message
      // An answer to this very request with a value that cannot be read costs the request only.
      return { ...(failed('malformed', why) as Extract<Step, { kind: 'failed' }>), fatal: !this.#mine(plain) }
    }
    return this.#read(decoded.value, plain)
  }

  #read(apdu: Apdu, plain: Uint8Array): Step {
    switch (apdu.kind) {
      case 'exception-response': {
        const service =
          serviceErrors[apdu.serviceError as keyof typeof serviceErrors] ?? `${apdu.serviceError}`
        const state = stateErrors[apdu.stateError as keyof typeof stateErrors] ?? `${apdu.stateError}`
        return failed('exception', `the server answered with an exception: ${state}, ${service}`, service)
      }
      case 'confirmed-service-error': {
        const text = serviceErrorText(apdu.errorKind, apdu.value)
        return failed('service-error', `the server answered with a service error: ${text}`, text)
      }
      case 'get-response':
      case 'set-response':
      case 'action-response':
        if (invokeIdOf(apdu.invokeIdAndPriority) !== this.#invokeId) {
          return stray(`an answer with invoke-id ${invokeIdOf(apdu.invokeIdAndPriority)}`)
        }
        return this.#collect(this.#operation.receive(apdu, plain))
      default:
        return stray(`a ${apdu.kind} where an answer was due`)
    }
  }

  /** Gathers the results of a list that is asked for one by one. */
  #collect(step: Step): Step {
    if (step.kind !== 'done' || !this.#oneByOne) return step
    this.#results.push(...step.outcome.results)
    const index = this.#results.length
    if (index < this.#service.items.length) {
      this.#operation = this.#open(index)
      const next = this.#operation.start()
      if (next.kind !== 'send') return next
      return { ...next, progress: { block: index, bytes: 0 } }
    }
    const { outcome } = step
    switch (outcome.service) {
      case 'get': {
        const { dataOffset: _, ...rest } = outcome
        return { kind: 'done', outcome: { ...rest, results: this.#results as DataResult[] } }
      }
      case 'set':
        return { kind: 'done', outcome: { ...outcome, results: this.#results as SetOutcome[] } }
      case 'action':
        return { kind: 'done', outcome: { ...outcome, results: this.#results as ActionOutcome[] } }
    }
  }

  #open(index: number): Operation {
    const service = this.#service
    const { limits, maxPlainBytes } = this.#context
    this.#invokeId = this.#context.nextInvokeId()
    const context = { limits, maxPlainBytes, invokeId: this.#invokeId }
    const list = service.list && !this.#oneByOne
    const pick = <T>(items: readonly T[]): readonly T[] => (list ? items : items.slice(index, index + 1))
    switch (service.kind) {
      case 'get':
        return getOperation(pick(service.items), list, service.raw, context)
      case 'set':
        return setOperation(pick(service.items), list, context)
      case 'action':
        return actionOperation(pick(service.items), list, context)
    }
  }

  #mine(plain: Uint8Array): boolean {
    return plain[0] === responseTags[this.#service.kind] && invokeIdOf(plain[2] ?? 0xff) === this.#invokeId
  }
}
