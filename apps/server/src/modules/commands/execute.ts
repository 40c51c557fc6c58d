// One command over one open session: look, ask leave, act, read back. Pure of the database and of the wire: both are
// ports, so that the same lines run under a model with faults at every step.

import type { Command, Outcome } from './command.ts'

/** What the meter tells of its switch. */
export interface SwitchState {
  readonly relayOutput?: boolean
  /** control_state of class 70: 0 disconnected, 1 connected, 2 ready for reconnection */
  readonly relayControl?: number
  /** control_mode of class 70, 0–6 (Blue Book, class 70) */
  readonly controlMode?: number
  readonly limiterThresholdW?: number
  /** min_over_threshold_duration and min_under_threshold_duration of class 71, s. */
  readonly limiterOverS?: number
  readonly limiterUnderS?: number
  /** Logical name of what the limiter watches: '1.0.1.7.0.255', active power. */
  readonly limiterWatches?: string
}

/** What a limiter is programmed with. */
export interface LimiterSetting {
  readonly thresholdW: number
  readonly overS?: number | undefined
  readonly underS?: number | undefined
}

export interface Load {
  /** Largest current of any phase, A. */
  readonly currentA?: number
  readonly voltageV?: number
}

type Recorded<T> = { readonly value: T; readonly exchangeId: number }
/** Whether the meter took it, or the text of its refusal. */
export type ActResult = { readonly taken: true } | { readonly taken: false; readonly refusal: string }

/** What a command asks of a meter. Anything that throws leaves the effect unknown. */
export interface SwitchPort {
  readSwitch(): Promise<Recorded<SwitchState>>
  /** Nothing where the meter has no such registers. */
  readLoad(): Promise<Recorded<Load>>
  disconnect(): Promise<Recorded<ActResult>>
  reconnect(): Promise<Recorded<ActResult>>
  setLimiter(setting: LimiterSetting): Promise<Recorded<ActResult>>
}

export type Release =
  /** Committed: the act may leave, once. */
  | 'go'
  /** The guard says not now; asked again later. */
  | 'held'
  /** The command has come to its end, or somebody else has it. */
  | 'over'

/** The book of one command. Every call is committed when it returns. */
export interface CommandDesk {
  /** The point of no return: cancellation, signature, stop and budgets are asked here, in one transaction. */
  release(): Promise<Release>
  note(step: string, details: object, exchangeId?: number): Promise<void>
  finish(end: CommandEnd): Promise<void>
  /** To be looked at again; the effect is unknown until then. */
  settleLater(): Promise<void>
}

export type CommandEnd =
  | { readonly state: 'done'; readonly outcome: Outcome; readonly seen: SwitchState }
  | {
      readonly state: 'failed'
      readonly code: FailureCode
      readonly text: string
      readonly seen?: SwitchState
    }
  | { readonly state: 'cancelled'; readonly seen?: SwitchState }

/** Why a command ended without its effect; `orders` sends the work to the field with it. */
export type FailureCode =
  | 'refused-by-meter'
  | 'no-effect'
  | 'current-flows'
  | 'no-relay'
  | 'no-limiter'
  | 'would-close'
  | 'unreachable'
  | 'unknown'
  | 'not-authentic'

export interface ExecutionPolicy {
  /** Looks after an act before its effect counts as unknown. */
  readonly readBacks: number
  /** Between two looks, ms. */
  readonly readBackPauseMs: number
  /** Times that an act may leave in all. */
  readonly maxReleases: number
  /** A current that an open relay cannot let through, A. */
  readonly openCurrentA: number
}

export const executionPolicy: ExecutionPolicy = {
  readBacks: 4,
  readBackPauseMs: 1_500,
  maxReleases: 3,
  openCurrentA: 0.5,
}

export interface ExecutionContext {
  readonly now: () => number
  readonly pause: (ms: number) => Promise<void>
  readonly policy: ExecutionPolicy
}

/**
 * Carries a command as far as it goes in this session.
 * @throws what the port throws: the session is broken; what may have left is marked so before
 */
export async function executeCommand(
  command: Command,
  port: SwitchPort,
  desk: CommandDesk,
  context: ExecutionContext,
): Promise<void> {
  const { value: seen, exchangeId } = await port.readSwitch()
  await desk.note('state', seen, exchangeId)
  if (command.kind === 'read-state') return desk.finish({ state: 'done', outcome: 'read', seen })
  const reached = reachedBy(command, seen)
  if (command.state === 'released') {
    // What left before may still come: nothing is judged, and nothing repeated, before it has settled.
    if (!reached && context.now() < (command.settlesAt?.getTime() ?? 0)) return desk.settleLater()
    if (!reached && command.cancelRequestedAt) return desk.finish({ state: 'cancelled', seen })
    if (!reached && command.releases >= context.policy.maxReleases)
      return desk.finish(noEffect(command, seen))
    if (reached) return conclude(command, reached, seen, port, desk, context)
  } else if (reached) {
    return desk.finish({ state: 'done', outcome: reached === 'confirmed' ? 'already' : reached, seen })
  }
  const impossible = refusalOf(command, seen)
  if (impossible) return desk.finish({ state: 'failed', ...impossible, seen })
  const release = await desk.release()
  if (release !== 'go') return
  await act(command, port, desk, context)
}

async function act(command: Command, port: SwitchPort, desk: CommandDesk, context: ExecutionContext) {
  let answer: Recorded<ActResult>
  try {
    answer = await send(command, port)
  } catch (error) {
    await desk.note('unknown', { error: (error as Error).message })
    await desk.settleLater()
    throw error
  }
  await desk.note('acted', answer.value, answer.exchangeId)
  let seen: SwitchState = {}
  for (let look = 0; look < context.policy.readBacks; look++) {
    if (look > 0) await context.pause(context.policy.readBackPauseMs)
    const read = await port.readSwitch()
    seen = read.value
    await desk.note('read-back', seen, read.exchangeId)
    const reached = reachedBy(command, seen)
    if (reached) return conclude(command, reached, seen, port, desk, context)
    // A refusal needs no patience: one look shows that nothing moved.
    if (!answer.value.taken)
      return desk.finish({ state: 'failed', code: 'refused-by-meter', text: answer.value.refusal, seen })
  }
  await desk.settleLater()
}

function send(command: Command, port: SwitchPort): Promise<Recorded<ActResult>> {
  if (command.kind === 'disconnect') return port.disconnect()
  if (command.kind === 'reconnect') return port.reconnect()
  const { thresholdW = 0, overS, underS } = command.parameters
  return port.setLimiter({ thresholdW, overS, underS })
}

/** An open relay lets no current through: a welded contact says "open" all the same. */
async function conclude(
  command: Command,
  outcome: Outcome,
  seen: SwitchState,
  port: SwitchPort,
  desk: CommandDesk,
  { policy, pause }: ExecutionContext,
): Promise<void> {
  if (command.kind === 'disconnect') {
    for (let look = 0; ; look++) {
      const { value: load, exchangeId } = await port.readLoad()
      await desk.note('load', load, exchangeId)
      if ((load.currentA ?? 0) <= policy.openCurrentA) break
      if (look >= 1)
        return desk.finish({
          state: 'failed',
          code: 'current-flows',
          text: `the relay says open, and ${load.currentA} A flow`,
          seen,
        })
      await pause(policy.readBackPauseMs)
    }
  }
  return desk.finish({ state: 'done', outcome, seen })
}

/** Whether the meter is as the command wants it, and how. */
export function reachedBy(
  { kind, parameters }: Pick<Command, 'kind' | 'parameters'>,
  seen: SwitchState,
): 'confirmed' | 'ready' | undefined {
  if (kind === 'disconnect') {
    // A relay that the limiter opened is ready for the customer's hand: disconnected by order is control state 0.
    return seen.relayOutput === false && (seen.relayControl ?? 0) === 0 ? 'confirmed' : undefined
  }
  if (kind === 'reconnect') {
    if (seen.relayOutput === true && (seen.relayControl ?? 1) === 1) return 'confirmed'
    return seen.relayControl === 2 ? 'ready' : undefined
  }
  if (kind === 'set-limiter')
    return seen.limiterThresholdW === parameters.thresholdW ? 'confirmed' : undefined
  return undefined
}

// IEC 62056-6-1: active power imported, exported, their sum and their difference; instantaneous or a running average.
const activePower = /^1\.\d+\.(1|2|15|16)\.(7|24|25|4|5)\.0\.255$/
// Blue Book, class 70: mode 0 has no control at all; in modes 2 and 4 a remote reconnection closes the contact at once.
const modeWithoutControl = 0
const closingModes: ReadonlySet<number> = new Set([2, 4])

function refusalOf(
  { kind, parameters }: Command,
  { controlMode, relayOutput, limiterThresholdW, limiterWatches }: SwitchState,
): { readonly code: FailureCode; readonly text: string } | undefined {
  if (kind === 'set-limiter')
    return limiterThresholdW === undefined
      ? { code: 'no-limiter', text: 'the meter tells of no limiter' }
      : limiterWatches !== undefined && !activePower.test(limiterWatches)
        ? { code: 'no-limiter', text: `the limiter watches ${limiterWatches}, which is no active power` }
        : undefined
  if (relayOutput === undefined) return { code: 'no-relay', text: 'the meter tells of no disconnect control' }
  if (controlMode === modeWithoutControl)
    return { code: 'no-relay', text: 'the relay is not controlled (mode 0)' }
  if (
    kind === 'reconnect' &&
    !parameters.closesRemotely &&
    controlMode !== undefined &&
    closingModes.has(controlMode)
  )
    return {
      code: 'would-close',
      text: `in control mode ${controlMode} the relay would close without the customer's hand`,
    }
  return undefined
}

const noEffect = ({ releases }: Command, seen: SwitchState): CommandEnd => ({
  state: 'failed',
  code: 'no-effect',
  text: `${releases} commands were taken and the switch did not move`,
  seen,
})
