// The relay of class 70 as a machine (Blue Book 4.5.8, state diagram and table of control modes).

/** control_state of class 70. */
export const control = { disconnected: 0, connected: 1, ready: 2 } as const

export type ControlMode = 0 | 1 | 2 | 3 | 4 | 5 | 6
export type Transition = 'a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g' | 'h'
export type Trigger =
  | 'remote-disconnect'
  | 'remote-reconnect'
  | 'manual-disconnect'
  | 'manual-reconnect'
  | 'local-disconnect'
  | 'local-reconnect'

const { disconnected, connected, ready } = control

export const transitions: Readonly<
  Record<Transition, { readonly on: Trigger; readonly from: 0 | 1 | 2; readonly to: 0 | 1 | 2 }>
> = {
  a: { on: 'remote-reconnect', from: disconnected, to: connected },
  b: { on: 'remote-disconnect', from: connected, to: disconnected },
  c: { on: 'remote-disconnect', from: ready, to: disconnected },
  d: { on: 'remote-reconnect', from: disconnected, to: ready },
  e: { on: 'manual-reconnect', from: ready, to: connected },
  f: { on: 'manual-disconnect', from: connected, to: ready },
  g: { on: 'local-disconnect', from: connected, to: ready },
  h: { on: 'local-reconnect', from: ready, to: connected },
}

/** Transitions that each control mode has; mode 0 is always connected. */
export const modes: Readonly<Record<ControlMode, string>> = {
  0: '',
  1: 'bcfgde',
  2: 'bcfgae',
  3: 'bcgde',
  4: 'bcgae',
  5: 'bcfgdeh',
  6: 'bcgdeh',
}

export interface Relay {
  output: boolean
  control: 0 | 1 | 2
  /** Absent: 3. */
  mode?: ControlMode
  /** Times that the contacts moved. */
  opened?: number
  closed?: number
}

export const modeOf = (relay: Relay): ControlMode => relay.mode ?? 3

/** The transition that a trigger has in this mode and state; undefined when the table has none. */
export function transitionOf(relay: Relay, trigger: Trigger): Transition | undefined {
  return ([...modes[modeOf(relay)]] as Transition[]).find(
    (letter) => transitions[letter].on === trigger && transitions[letter].from === relay.control,
  )
}

/**
 * Moves the relay along its table.
 * @param stuck the contacts stay where they are, whatever the state says
 * @returns the transition taken; undefined when there is none, and then nothing has changed
 */
export function operate(relay: Relay, trigger: Trigger, stuck = false): Transition | undefined {
  const letter = transitionOf(relay, trigger)
  if (letter === undefined) return undefined
  relay.control = transitions[letter].to
  const output = relay.control === connected
  if (!stuck && relay.output !== output) {
    relay.output = output
    if (output) relay.closed = (relay.closed ?? 0) + 1
    else relay.opened = (relay.opened ?? 0) + 1
  }
  return letter
}
