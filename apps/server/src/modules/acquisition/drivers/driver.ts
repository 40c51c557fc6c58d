// What acquisition asks of a meter, whatever it speaks. Each capability stands alone: a verb asks for the
// smallest one it needs, and a driver for a poorer device implements fewer of them.

import type { SwitchPort } from '../../commands/index.ts'
import type { MeterEvent, ProfileRows } from '../../readings/index.ts'

/** A value with the exchange that brought it. */
export type Recorded<T> = { readonly value: T; readonly exchangeId: number }

export type Identity = {
  readonly logicalDeviceName?: string
  readonly serial?: string
  readonly firmware?: string
  /** 8 bytes, as the association gave it. */
  readonly systemTitle?: Uint8Array
}
export type CanIdentify = { identify(): Promise<Recorded<Identity>> }

/** The meter's clock against ours at the middle of the round trip. */
export type ClockReading = {
  readonly meterAt: number
  readonly serverAt: number
  /** Meter minus server, seconds. */
  readonly deviationS: number
}
export type CanReadClock = { readClock(): Promise<Recorded<ClockReading>> }

/** A register in its base unit (Wh, varh, V, A, W, Hz), scaler applied. */
export type RegisterValue = { readonly obis: string; readonly value: number; readonly unit: string }
export type CanReadRegisters = {
  readRegisters(group: 'energy' | 'instantaneous'): Promise<Recorded<readonly RegisterValue[]>>
}

export type TimeRange = { readonly from: number; readonly to: number }

export type CanReadProfile = {
  /** Oldest interval end that the meter still holds; undefined when it holds none. */
  readProfileStart(): Promise<Recorded<number | undefined>>
  /** Entries whose interval end lies in (from, to]. @param range epoch ms, on quarter-hours */
  readProfile(range: TimeRange): Promise<ProfileRows>
}

/** One row of the daily profile: indexes at a local midnight, Wh. */
export type DailyRow = {
  readonly at: number
  readonly row: number
  readonly registers: readonly { obis: string; valueWh: number }[]
}
export type CanReadDailyIndexes = {
  readDailyIndexes(range: TimeRange): Promise<Recorded<readonly DailyRow[]>>
}

export type CanReadEvents = {
  readEvents(log: MeterEvent['log'], range: TimeRange): Promise<readonly MeterEvent[]>
}

/** What a message of a meter carries, in its order. */
export type PushedObject = { readonly classId: number; readonly obis: string; readonly attribute: number }
export type CanPush = {
  /**
   * Tells the meter where to send its events; writes only what differs.
   * @param destination host:port as the meter reaches it
   * @returns what it will send; undefined where it cannot
   */
  aimEvents(destination: string): Promise<
    | {
        readonly setup: string
        readonly objects: readonly PushedObject[]
        readonly exchangeId: number
      }
    | undefined
  >
}

/** Looks at the switch and moves it; only a released command does the latter. */
export type CanSwitch = SwitchPort
export type CanReadSwitch = Pick<SwitchPort, 'readSwitch'>

/** Everything that collection uses. */
export type Driver = CanIdentify &
  CanReadClock &
  CanReadRegisters &
  CanReadProfile &
  CanReadDailyIndexes &
  CanReadEvents &
  CanPush &
  CanSwitch & { close(): Promise<void> }

/** Why a meter could not be read; `code` is what sessions and gaps show. */
export class DriverError extends Error {
  readonly code: DriverErrorCode
  constructor(code: DriverErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DriverError'
    this.code = code
  }
}

/**
 * - `unreachable` no connection, or it broke
 * - `timeout` connected, and then silence
 * - `refused` the meter refused the association, our proof or a counter
 * - `bad-answer` what came is no valid answer
 * - `not-available` the object asked for is not there or not readable
 * - `aborted` the collector stops
 */
export type DriverErrorCode =
  | 'unreachable'
  | 'timeout'
  | 'refused'
  | 'bad-answer'
  | 'not-available'
  | 'aborted'
