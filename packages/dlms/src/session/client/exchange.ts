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
import type { ShortNames } from '../shortNames.ts'
import type {
  AccessItem,
  AccessOptions,
  ActionOutcome,
  ActionRequest,
  ReadItem,
  RequestOptions,
  SessionLimits,
  SetOutcome,
  SetRequest,
  WriteItem,
} from '../types.ts'
import { accessOperation } from './access.ts'
import { actionOperation } from './action.ts'
import { getOperation } from './get.ts'
import { failed, type Operation, type Step, stray } from './operation.ts'
import { setOperation } from './set.ts'
import { actionByShortName, getByShortName, readByName, setByShortName, writeByName } from './translate.ts'

export type { Step } from './operation.ts'

export type Service = { readonly list: boolean; readonly options: RequestOptions } & (
  | { readonly kind: 'get'; readonly items: readonly AttributeDescriptor[]; readonly raw: boolean }
  | { readonly kind: 'set'; readonly items: readonly SetRequest[] }
  | { readonly kind: 'action'; readonly items: readonly ActionRequest[] }
  | { readonly kind: 'access'; readonly items: readonly AccessItem[]; readonly options: AccessOptions }
  | { readonly kind: 'read'; readonly items: readonly ReadItem[] }
  | { readonly kind: 'write'; readonly items: readonly WriteItem[] }
)

export type ExchangeContext = {
  readonly limits: SessionLimits
  /** Longest bare APDU the server takes, bytes. */
  readonly maxPlainBytes: number
  /** The server takes several objects in one request. */
  readonly multipleReferences: boolean
  readonly nextInvokeId: () => number
  readonly nextLongInvokeId: () => number
  /** Present in an association by short names: what descriptors are translated with. */
  readonly shortNames?: ShortNames
}

const responseTags: Partial<Record<Service['kind'], number>> = { get: 0xc4, set: 0xc5, action: 0xc7 }

export class Exchange {
  readonly #service: Service
  readonly #context: ExchangeContext
  readonly #oneByOne: boolean
  readonly #results: (DataResult | SetOutcome | ActionOutcome)[] = []
  #operation: Operation
  #invokeId = 0
  /** What was asked last, and whether the operation in flight has had any answer yet. */
  #asked: Uint8Array | undefined
  #answered = false

  constructor(service: Service, context: ExchangeContext) {
    this.#service = service
    this.#context = context
    // By short name some methods are read and others written, so their lists never go in one request.
    const divided = !context.multipleReferences || (service.kind === 'action' && context.shortNames)
    this.#oneByOne =
      service.list && service.kind !== 'access' && (Boolean(divided) || service.items.length === 1)
    this.#operation = this.#open(0)
  }

  start(): Step {
    return this.#noted(this.#begin())
  }

  receive(plain: Uint8Array): Step {
    const step = this.#take(plain)
    return this.#noted(step)
  }

  /**
   * What to send when no answer came; undefined where asking twice could do something twice. A GET that had no answer
   * begins anew, with an invoke-id that tells late answers to the first one apart; in the middle of blocks the
   * last block is asked for again. Reads by short name have no invoke-id: a late answer would pass for the next one.
   */
  repeat(): Uint8Array | undefined {
    const service = this.#service
    const harmless =
      service.kind === 'get' ||
      (service.kind === 'access' && service.items.every((item) => item.service === 'get'))
    if (!harmless || this.#context.shortNames) return undefined
    if (this.#answered) return this.#asked
    this.#operation = this.#open(this.#results.length)
    const step = this.#noted(this.#operation.start())
    return step.kind === 'send' ? step.apdu : undefined
  }

  #noted(step: Step): Step {
    if (step.kind === 'send') this.#asked = step.apdu
    return step
  }

  #begin(): Step {
    const first = this.#operation.start()
    if (this.#service.options.confirmed !== false) return this.#collect(first)
    if (first.kind !== 'send') return first
    const apdus = [first.apdu]
    while (this.#oneByOne && apdus.length < this.#service.items.length) {
      const next = this.#open(apdus.length).start()
      if (next.kind !== 'send') return next
      apdus.push(next.apdu)
    }
    return { kind: 'sent', apdus }
  }

  #take(plain: Uint8Array): Step {
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
        const { invocationCounter: expectedCounter } = apdu
        const step = failed(
          'exception',
          `the server answered with an exception: ${state}, ${service}`,
          service,
        )
        // The caller may raise its counter to what the server expects and ask again.
        if (expectedCounter === undefined || step.kind !== 'failed') return step
        return { ...step, error: { ...step.error, expectedCounter } }
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
        this.#answered = true
        return this.#collect(this.#operation.receive(apdu, plain))
      case 'access-response':
      case 'read-response':
      case 'write-response':
        return this.#collect(this.#operation.receive(apdu, plain))
      default:
        return stray(`a ${apdu.kind} where an answer was due`)
    }
  }

  /** Gathers the results of a list that is asked for one by one. */
  #collect(first: Step): Step {
    let step = first
    while (step.kind === 'done' && this.#oneByOne) {
      const { outcome } = step
      if (outcome.service === 'access') return step
      this.#results.push(...outcome.results)
      const index = this.#results.length
      if (index >= this.#service.items.length) return this.#whole(outcome)
      this.#operation = this.#open(index)
      step = this.#operation.start()
      this.#answered = false
      if (step.kind === 'send') return { ...step, progress: { block: index, bytes: 0 } }
    }
    return step
  }

  #whole(outcome: Exclude<Extract<Step, { kind: 'done' }>['outcome'], { service: 'access' }>): Step {
    const results: readonly unknown[] = this.#results
    switch (outcome.service) {
      case 'get': {
        const { dataOffset: _, ...rest } = outcome
        return { kind: 'done', outcome: { ...rest, results: results as DataResult[] } }
      }
      case 'read':
        return { kind: 'done', outcome: { ...outcome, results: results as DataResult[] } }
      case 'set':
      case 'write':
        return { kind: 'done', outcome: { ...outcome, results: results as SetOutcome[] } }
      case 'action':
        return { kind: 'done', outcome: { ...outcome, results: results as ActionOutcome[] } }
    }
  }

  #open(index: number): Operation {
    const service = this.#service
    const { limits, maxPlainBytes, shortNames } = this.#context
    const { confirmed = true, priority = 'high' } = service.options
    const context = { limits, maxPlainBytes, confirmed, high: priority === 'high', invokeId: 0 }
    const list = service.list && !this.#oneByOne
    const pick = <T>(items: readonly T[]): readonly T[] => (list ? items : items.slice(index, index + 1))
    if (service.kind === 'read') return readByName(pick(service.items), context)
    if (service.kind === 'write') return writeByName(pick(service.items), context)
    if (service.kind === 'access') {
      return accessOperation(service.items, service.options, this.#context.nextLongInvokeId(), context)
    }
    if (shortNames) {
      switch (service.kind) {
        case 'get':
          return getByShortName(pick(service.items), service.raw, shortNames, context)
        case 'set':
          return setByShortName(pick(service.items), shortNames, context)
        case 'action':
          return actionByShortName(service.items[index], shortNames, context)
      }
    }
    this.#invokeId = this.#context.nextInvokeId()
    const invoked = { ...context, invokeId: this.#invokeId }
    switch (service.kind) {
      case 'get':
        return getOperation(pick(service.items), list, service.raw, invoked)
      case 'set':
        return setOperation(pick(service.items), list, invoked)
      case 'action':
        return actionOperation(pick(service.items), list, invoked)
    }
  }

  #mine(plain: Uint8Array): boolean {
    if (this.#context.shortNames) return plain[0] === 0x0c || plain[0] === 0x0d
    return plain[0] === responseTags[this.#service.kind] && invokeIdOf(plain[2] ?? 0xff) === this.#invokeId
  }
}
