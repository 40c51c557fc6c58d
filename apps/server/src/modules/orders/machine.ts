// The life of an order: one table. docs/orders.md draws it from here.

export const orderTypes = [
  'RECO_R',
  'RECO_C',
  'DECO_R',
  'DECO_C',
  'ACTIV_FURNIZARE',
  'REZ_CONTR',
  'REZ_NEPLATA',
  'REZ_FURNIZOR',
] as const
/** The types of the operator's instruction (IL 4.1, 7). */
export type OrderType = (typeof orderTypes)[number]

export type OrderAction = 'disconnect' | 'reconnect'
export const actionOf = (type: OrderType): OrderAction =>
  type === 'RECO_R' || type === 'RECO_C' || type === 'ACTIV_FURNIZARE' ? 'reconnect' : 'disconnect'

/** Who is in the dark or in danger does not wait behind those who are to be disconnected. */
export const isUrgent = ({ type, cause }: { readonly type: OrderType; readonly cause: string }): boolean =>
  actionOf(type) === 'reconnect' || cause.startsWith('CG-7.4') || cause === 'MO-DANGER'

export const orderStates = [
  'waiting',
  'approval',
  'ready',
  'remote',
  'customer',
  'field',
  'executed',
  'closed',
  'cancelled',
  'refused',
  'failed',
] as const
/**
 * - `waiting` the law says not yet, or something is missing
 * - `approval` a second person has to agree
 * - `ready` it may run
 * - `remote` a command is on its way to the meter
 * - `customer` the meter is ready; the customer's hand closes the relay
 * - `field` the crew has it
 * - `executed` the effect is proven; the supplier is still to be told
 * - ends: `closed`, `cancelled` (the relay was not moved by it), `refused`, `failed` (could not be done on site either)
 */
export type OrderState = (typeof orderStates)[number]

export type OrderEventName =
  | 'wait'
  | 'need-approval'
  | 'release'
  | 'send-remote'
  | 'send-field'
  | 'meter-ready'
  | 'confirm'
  | 'report'
  | 'cancel'
  | 'cure'
  | 'refuse'
  | 'give-up'

/** What may happen where, and what comes of it; everything else is refused. */
export const transitions: Readonly<
  Record<OrderState, Partial<Readonly<Record<OrderEventName, OrderState>>>>
> = {
  waiting: {
    'need-approval': 'approval',
    release: 'ready',
    cancel: 'cancelled',
    cure: 'cancelled',
    refuse: 'refused',
  },
  approval: { wait: 'waiting', release: 'ready', cancel: 'cancelled', cure: 'cancelled', refuse: 'refused' },
  ready: {
    wait: 'waiting',
    'need-approval': 'approval',
    'send-remote': 'remote',
    'send-field': 'field',
    cancel: 'cancelled',
    cure: 'cancelled',
    refuse: 'refused',
  },
  // A command that has left is answered for: cancelled only when it is known that the relay did not move.
  remote: {
    'meter-ready': 'customer',
    confirm: 'executed',
    'send-field': 'field',
    cancel: 'cancelled',
    cure: 'cancelled',
  },
  // The meter is ready and stays so until a hand closes it: nothing that is written here would take that back.
  customer: { confirm: 'executed', 'send-field': 'field' },
  field: { confirm: 'executed', cancel: 'cancelled', cure: 'cancelled', 'give-up': 'failed' },
  executed: { report: 'closed' },
  closed: {},
  cancelled: {},
  refused: {},
  failed: {},
}

/** States in which nothing happens any more. */
export const isEnd = (state: OrderState): boolean => Object.keys(transitions[state]).length === 0

/** The state after an event, or undefined when it may not happen there. */
export const after = (state: OrderState, event: OrderEventName): OrderState | undefined =>
  transitions[state][event]

/** The table as a Mermaid state diagram. */
export function drawTransitions(): string {
  const lines = ['stateDiagram-v2', '  [*] --> waiting']
  for (const state of orderStates) {
    for (const [event, next] of Object.entries(transitions[state]))
      lines.push(`  ${state} --> ${next}: ${event}`)
    if (isEnd(state)) lines.push(`  ${state} --> [*]`)
  }
  return lines.join('\n')
}
