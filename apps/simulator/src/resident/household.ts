// Behind the meter: main breaker, load and the hand on the button; in it: relay, limiter and display.
import type { ActionAnswer } from '@contor/dlms'
import { control, operate, type Relay, type Transition, type Trigger } from '../behaviours/relay.ts'
import type { Segment } from '../supply.ts'

/** Codes of the disconnect control log, 0.0.99.98.2.255 (IDIS Package 2). */
const codes: Readonly<Record<Transition, number>> = { a: 63, b: 62, c: 62, d: 59, e: 61, f: 60, g: 64, h: 69 }
const limiterExceeded = 65
/** The button is held as long as the work instruction says (IL 4.1.2, 4.2.2). */
const holdS = 10
const restartMs = 3_000
/** More changes of supply than a meter's profile could show. */
const segmentsKept = 2_000

/** What survives a restart of the meter, and of the house. */
export interface HouseState {
  readonly relay: Relay
  limiterW: number
  /** min_over_threshold_duration and min_under_threshold_duration of class 71, s. */
  limiterOverS?: number
  limiterUnderS?: number
  breakerOpen?: boolean
  /** Opened by its own limiter, and not touched since. */
  tripped?: boolean
  /** What the resident has switched on instead of his habits, W. */
  loadW?: number
  supply?: Segment[]
}

export const troubles = ['none', 'lost-answer', 'slow', 'refuses', 'stuck', 'unreachable', 'restart'] as const
export type TroubleKind = (typeof troubles)[number]

/** What a person standing before the meter sees, and what only the simulator knows. */
export interface Shown {
  readonly relay: 'open' | 'closed'
  readonly control: 'disconnected' | 'connected' | 'ready'
  readonly display: string
  readonly breaker: 'open' | 'closed'
  /** What flows, W; negative when given back. */
  readonly powerW: number
  /** Times that the contacts of the relay moved. */
  readonly opened: number
  readonly closed: number
  readonly trouble: TroubleKind
}

export interface Resident {
  /** Holds the button; closes a relay that is ready after 10 s, on meters that have no menu for it. */
  pressButton(seconds: number, now?: number): Shown
  /** The meter senses the changed impedance and closes a relay that is ready; meters with a menu do not. */
  openBreaker(now?: number): Shown
  closeBreaker(now?: number): Shown
  /** Switches `watt` on in place of the habits; undefined: back to them. */
  load(watt: number | undefined, now?: number): Shown
  /** Button to “relay”, hold, “CONNECT”, hold until “Succes” (IL 4.3): meters on GSM only. */
  menu(item: 'connect' | 'disconnect', now?: number): Shown
  /**
   * What goes wrong with the next orders. 'lost-answer': acts, then the connection is gone, `amount` times (1);
   * 'slow': answers `amount` ms later (5,000); 'refuses' and 'stuck' (accepts, contacts stay) until 'none';
   * 'unreachable': takes no connection for `amount` minutes (5); 'restart': once, in the middle, before acting.
   */
  fault(kind: TroubleKind, amount?: number, now?: number): Shown
  show(now?: number): Shown
}

export interface Household {
  readonly resident: Resident
  /** An order through class 70 or its script table. */
  remote(trigger: 'remote-disconnect' | 'remote-reconnect', now: number): ActionAnswer
  power(now: number): number
  /** Lets the limiter see how long the power has been above its threshold. */
  tick(now: number): void
  reachable(now: number): boolean
  /** True once after an order whose answer must not leave. */
  takeDrop(): boolean
  /** Delay of the next answers, ms. */
  delayMs(): number
}

export interface HouseOptions {
  readonly state: HouseState
  readonly withMenu: boolean
  readonly approvedPowerW: number
  /** The meter's clock. */
  readonly clock: (now: number) => number
  /** What the habits alone would draw, W. */
  readonly curveW: (now: number) => number
  /** The supply changed at an instant of the meter's clock. */
  readonly supplyChanged: (at: number) => void
  readonly note: (code: number, now: number) => void
  readonly dirty: () => void
}

export function createHousehold(options: HouseOptions): Household {
  const { state, withMenu, clock, note } = options
  const { relay } = state
  state.supply ??= []
  const { supply } = state
  let trouble: { kind: TroubleKind; amount: number; until: number } = { kind: 'none', amount: 0, until: 0 }
  let overSince: number | undefined
  let underSince: number | undefined
  let drop = false

  const lit = () => relay.output && state.breakerOpen !== true
  const power = (now: number) => (lit() ? (state.loadW ?? options.curveW(now)) : 0)

  function settle(now: number): void {
    const watt = lit() ? (state.loadW ?? null) : 0
    const last = supply.at(-1)
    if (watt === (last?.watt ?? null)) return
    const at = Math.max(clock(now), last?.at ?? 0)
    supply.push({ at, watt })
    if (supply.length > segmentsKept) supply.shift()
    options.supplyChanged(at)
  }

  function move(trigger: Trigger, now: number): Transition | undefined {
    const letter = operate(relay, trigger, trouble.kind === 'stuck')
    if (letter === undefined) return undefined
    overSince = undefined
    underSince = undefined
    state.tripped = trigger === 'local-disconnect'
    note(codes[letter], now)
    settle(now)
    return letter
  }

  /** Reaching a state that is reached already is no error; a trigger that the mode lacks is one. */
  function remote(trigger: 'remote-disconnect' | 'remote-reconnect', now: number): ActionAnswer {
    if (trouble.kind === 'refuses') return { result: 'object-unavailable' }
    if (trouble.kind === 'restart') {
      drop = true
      trouble = { kind: 'unreachable', amount: 0, until: now + restartMs }
      return { result: 'temporary-failure' }
    }
    if (trouble.kind === 'lost-answer') {
      drop = true
      if (--trouble.amount <= 0) trouble = { kind: 'none', amount: 0, until: 0 }
    }
    if (move(trigger, now) !== undefined) return { result: 'success' }
    const there =
      trigger === 'remote-disconnect'
        ? relay.control === control.disconnected
        : relay.control !== control.disconnected
    return { result: there ? 'success' : 'read-write-denied' }
  }

  function tick(now: number): void {
    // Habits keep to the approved power; they are asked only where somebody has set the limiter below it.
    const watched = state.loadW !== undefined || state.limiterW < options.approvedPowerW
    if (!watched) {
      overSince = undefined
    } else if (power(now) <= state.limiterW) {
      overSince = undefined
    } else {
      overSince ??= now
      const due = overSince + (state.limiterOverS ?? 60) * 1_000
      if (now >= due) {
        // Who is told of an event may ask the meter at once, and so come here again.
        overSince = undefined
        note(limiterExceeded, due)
        move('local-disconnect', due)
      }
    }
    if (state.tripped && relay.control === control.ready && !relay.output) {
      underSince ??= now
      const due = underSince + (state.limiterUnderS ?? 30) * 1_000
      if (now >= due) move('local-reconnect', due)
    } else underSince = undefined
  }

  const show = (now = Date.now()): Shown => ({
    relay: relay.output ? 'closed' : 'open',
    control: (['disconnected', 'connected', 'ready'] as const)[relay.control],
    display: relay.control === control.ready ? 'Putere depășită' : relay.output ? '' : 'Releu deschis',
    breaker: state.breakerOpen ? 'open' : 'closed',
    powerW: power(now),
    opened: relay.opened ?? 0,
    closed: relay.closed ?? 0,
    trouble: trouble.kind,
  })

  /** Brings the limiter up to date, does one thing, and looks. */
  const act = (now: number, what: () => void): Shown => {
    tick(now)
    what()
    settle(now)
    tick(now)
    options.dirty()
    return show(now)
  }
  const amounts: Partial<Record<TroubleKind, number>> = { 'lost-answer': 1, slow: 5_000, unreachable: 5 }

  return {
    remote,
    power,
    tick,
    reachable: (now) => trouble.kind !== 'unreachable' || now >= trouble.until,
    takeDrop() {
      const taken = drop
      drop = false
      return taken
    },
    delayMs: () => (trouble.kind === 'slow' ? trouble.amount : 0),
    resident: {
      pressButton: (seconds, now = Date.now()) =>
        act(now, () => {
          if (!withMenu && seconds >= holdS) move('manual-reconnect', now)
        }),
      openBreaker: (now = Date.now()) =>
        act(now, () => {
          if (state.breakerOpen) return
          state.breakerOpen = true
          if (!withMenu) move('manual-reconnect', now)
        }),
      closeBreaker: (now = Date.now()) =>
        act(now, () => {
          state.breakerOpen = false
        }),
      load: (watt, now = Date.now()) =>
        act(now, () => {
          if (watt === undefined) delete state.loadW
          else state.loadW = watt
        }),
      menu: (item, now = Date.now()) =>
        act(now, () => {
          if (withMenu) move(item === 'connect' ? 'manual-reconnect' : 'manual-disconnect', now)
        }),
      fault: (kind, amount = amounts[kind] ?? 0, now = Date.now()) =>
        act(now, () => {
          trouble = { kind, amount, until: kind === 'unreachable' ? now + amount * 60_000 : 0 }
        }),
      show,
    },
  }
}
