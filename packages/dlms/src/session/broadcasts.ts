// What a client may tell all servers at once (Green Book 9.4.4: pre-established associations, unconfirmed services;
// 9.2.3.3.7: the broadcast key).

import type { Data } from '../axdr/data.ts'
import type { ActionRequest, SecurityPolicy, SetRequest } from './types.ts'

/** A message to all servers. None of them answers it. */
export type BroadcastMessage =
  | { readonly service: 'set'; readonly requests: SetRequest | readonly SetRequest[] }
  | { readonly service: 'action'; readonly requests: ActionRequest | readonly ActionRequest[] }
  | {
      readonly service: 'data-notification'
      /** 12 bytes, or empty. */
      readonly dateTime?: Uint8Array
      readonly data: Data
    }

export type BroadcastOptions = {
  /** Default: the policy of the session's security; 'none' without security. */
  readonly policy?: SecurityPolicy
}
