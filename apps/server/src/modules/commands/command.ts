// What a command is, and the bytes that its signature covers.

/** Names a command: all its rows stand with its metering point. */
export interface CommandRef {
  readonly meteringPointId: string
  readonly id: string
}

export const commandKinds = ['disconnect', 'reconnect', 'read-state', 'set-limiter'] as const
/**
 * - `disconnect` opens the relay: class 70 method 1
 * - `reconnect` makes the meter ready, class 70 method 2; it never closes a relay where the rules forbid it
 * - `read-state` only looks
 * - `set-limiter` writes the normal threshold of class 71, W
 */
export type CommandKind = (typeof commandKinds)[number]

/** What the signature covers; changing one of these makes another command. */
export interface SignedCommand extends CommandRef {
  readonly meterId: string
  readonly kind: CommandKind
  readonly parameters: CommandParameters
  readonly orderId: string | null
  readonly requestedBy: string
  readonly approvedBy: string | null
  readonly supplier: string | null
  readonly urgent: boolean
  readonly createdAt: Date
  readonly notBefore: Date
  readonly expiresAt: Date
}

export interface CommandParameters {
  /** Threshold of `set-limiter`, W. */
  readonly thresholdW?: number
  /** With it, how long the power has to be above, and then below, before the limiter acts: s. */
  readonly overS?: number
  readonly underS?: number
  /** A remote command may close the relay itself, where the meter's mode does so. */
  readonly closesRemotely?: boolean
}

/**
 * - `queued` nothing has left; a cancellation wins
 * - `released` the act may have left; its effect is read back before anything else
 * - the rest are ends: `done` with an `outcome`, `failed`, `cancelled` (the relay was not moved), `expired` (never left)
 */
export type CommandState = 'queued' | 'released' | 'done' | 'failed' | 'cancelled' | 'expired'

/** How a command ended that is `done`. */
export type Outcome = 'confirmed' | 'already' | 'ready' | 'read'

/** A command as the table holds it. */
export interface Command extends SignedCommand {
  readonly signature: Uint8Array
  readonly state: CommandState
  readonly contacts: number
  readonly releases: number
  readonly releasedAt: Date | null
  readonly settlesAt: Date | null
  readonly cancelRequestedAt: Date | null
}

/**
 * Whether it can take supply away: what budgets, approvals and the stop are about. A low threshold does so as well as
 * an open relay.
 * @param floorW least threshold that keeps a user supplied as he was, W
 */
export function darkens(
  { kind, parameters }: Pick<SignedCommand, 'kind' | 'parameters'>,
  floorW: number,
): boolean {
  if (kind === 'set-limiter') return (parameters.thresholdW ?? 0) < floorW
  return kind === 'disconnect'
}

/** The signed bytes: a version, then every field in a fixed order. Instants as epoch ms. */
export function commandBytes(command: SignedCommand): Buffer {
  const { thresholdW = null, overS, underS, closesRemotely = null } = command.parameters
  return Buffer.from(
    JSON.stringify([
      'contor-command-1',
      command.meteringPointId,
      command.id,
      command.meterId,
      command.kind,
      thresholdW,
      closesRemotely,
      command.orderId,
      command.requestedBy,
      command.approvedBy,
      command.supplier,
      command.urgent,
      command.createdAt.getTime(),
      command.notBefore.getTime(),
      command.expiresAt.getTime(),
      ...(overS === undefined && underS === undefined ? [] : [overS ?? null, underS ?? null]),
    ]),
  )
}
