// What a reading session takes and tells.

import type { DataSet } from './dataSets.ts'
import type { Identification } from './identification.ts'
import type { Timing } from './line.ts'
import type { BlockCheck } from './messages.ts'
import type { IecFault, IecLimits } from './parse.ts'

/** Answer to the prompt `P0`, from its operand (a seed in some devices); nothing when no password is asked for. */
export type PasswordAnswer = { readonly command: 'P1' | 'P2'; readonly data: string }

export type ReaderOptions = {
  /** Up to 32 characters; empty addresses whoever is there. */
  readonly deviceAddress?: string
  /** What is asked for after the sign-on: a mode control character `6`–`9` is the manufacturer's own. */
  readonly purpose?: 'readout' | 'programming' | 'hdlc' | '6' | '7' | '8' | '9'
  /** Highest rate that the line can take, bit/s; the device's proposal otherwise. */
  readonly maxBaud?: number
  /** For lines of fixed rate, such as a converter that follows by itself: no rate is negotiated. */
  readonly keepBaud?: boolean
  /** Parity is made and checked here, because the transport carries eight bits. */
  readonly softwareParity?: boolean
  /** The optical head or the bus sends back what was sent: it is dropped before anything is read. */
  readonly echo?: boolean
  readonly blockCheck?: BlockCheck
  /** Answers the prompt; called with its operand. Without it the session goes on without a password. */
  readonly password?: (operand: string) => PasswordAnswer | undefined
  /** When the confirmation of mode E comes: at the rate agreed on, or at the opening rate as in the standard. */
  readonly confirmation?: 'new-rate' | 'opening-rate'
  /** How often one message is sent again. 2 unless told. */
  readonly maxRepeats?: number
  readonly timing?: Partial<Timing>
  readonly limits?: IecLimits
}

export type ReaderEvent =
  | { readonly kind: 'identified'; readonly identification: Identification }
  | { readonly kind: 'readout'; readonly sets: readonly DataSet[]; readonly text: string }
  /** Commands are taken; `operand` of the prompt `P0`, if there was one. */
  | { readonly kind: 'programming'; readonly operand?: string }
  | {
      readonly kind: 'answer'
      readonly requestId: number
      readonly sets: readonly DataSet[]
      readonly text: string
    }
  /** A command that was acknowledged without data. */
  | { readonly kind: 'acknowledged'; readonly requestId: number }
  /** The device's error message, such as `ER01`. */
  | { readonly kind: 'refused'; readonly requestId: number; readonly message: string }
  /** The line belongs to HDLC from here on; `rest` was received behind the opening. */
  | { readonly kind: 'hdlc'; readonly baud: number; readonly rest: Uint8Array }
  /** What was received after `hdlc`: octets of the HDLC session. */
  | { readonly kind: 'octets'; readonly bytes: Uint8Array }
  | { readonly kind: 'finished' }
  | { readonly kind: 'failed'; readonly error: IecFault; readonly requestId?: number }

export type ReaderState =
  | 'idle'
  | 'signing-on'
  | 'readout'
  | 'prompt'
  | 'password'
  | 'ready'
  | 'command'
  | 'settling'
  | 'confirmation'
  | 'hdlc'
  | 'finished'
  | 'failed'
