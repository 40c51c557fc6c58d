// What a caller may ask of a client: each call becomes a `Service` for the machine's queue.

import { DlmsError } from '../../parse.ts'
import type { AttributeDescriptor } from '../../xdlms/index.ts'
import type {
  AccessItem,
  AccessOptions,
  ActionRequest,
  EpochMs,
  GetOptions,
  ReadItem,
  RequestId,
  RequestOptions,
  SetRequest,
  WriteItem,
} from '../types.ts'
import { Exchange, type Service } from './exchange.ts'
import { ClientLink } from './link.ts'

export abstract class ClientRequests extends ClientLink {
  /** Queues a checked service. */
  protected abstract request(service: Service, now: EpochMs): RequestId

  get(
    attribute: AttributeDescriptor | readonly AttributeDescriptor[],
    now: EpochMs,
    options: GetOptions = {},
  ): RequestId {
    const { items, list } = listed(attribute)
    const { raw = false, priority } = options
    if (list && raw) throw new DlmsError('usage', 'a raw GET takes one attribute')
    return this.#ask({ kind: 'get', items, list, raw, options: { ...(priority && { priority }) } }, now)
  }

  set(request: SetRequest | readonly SetRequest[], now: EpochMs, options: RequestOptions = {}): RequestId {
    return this.#ask({ kind: 'set', ...listed(request), options }, now)
  }

  action(
    request: ActionRequest | readonly ActionRequest[],
    now: EpochMs,
    options: RequestOptions = {},
  ): RequestId {
    return this.#ask({ kind: 'action', ...listed(request), options }, now)
  }

  access(items: readonly AccessItem[], now: EpochMs, options: AccessOptions = {}): RequestId {
    return this.#ask({ kind: 'access', items, list: true, options }, now)
  }

  read(items: ReadItem | readonly ReadItem[], now: EpochMs): RequestId {
    return this.#ask({ kind: 'read', ...listed(items), options: {} }, now)
  }

  write(items: WriteItem | readonly WriteItem[], now: EpochMs): RequestId {
    return this.#ask({ kind: 'write', ...listed(items), options: {} }, now)
  }

  unconfirmedWrite(items: WriteItem | readonly WriteItem[], now: EpochMs): RequestId {
    return this.#ask({ kind: 'write', ...listed(items), options: { confirmed: false } }, now)
  }

  #ask(service: Service, now: EpochMs): RequestId {
    if (service.items.length === 0) throw new DlmsError('usage', 'a request names at least one object')
    const byName = service.kind === 'read' || service.kind === 'write'
    const shortNames = this.options.referencing === 'short-name'
    if (byName !== shortNames && (byName || service.kind === 'access')) {
      const how = shortNames ? 'short' : 'logical'
      throw new DlmsError('usage', `no ${service.kind} in an association by ${how} names`)
    }
    // A value that cannot be encoded throws where the caller stands, not when its turn comes.
    new Exchange(service, {
      limits: this.limits,
      maxPlainBytes: 0xffff_ffff,
      multipleReferences: true,
      nextInvokeId: () => 0,
      nextLongInvokeId: () => 0,
    }).start()
    return this.request(service, now)
  }
}

export function listed<T>(items: T | readonly T[]): { readonly items: readonly T[]; readonly list: boolean } {
  return Array.isArray(items) ? { items, list: true } : { items: [items as T], list: false }
}
