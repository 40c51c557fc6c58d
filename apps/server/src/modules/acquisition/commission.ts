// A meter is used for readings only after it has proved to be the one in the register.

import type { SwitchState } from '../commands/index.ts'
import type { CanIdentify, CanReadClock, CanReadSwitch, ClockReading, Identity } from './drivers/driver.ts'
import { titleText } from './titleText.ts'

/** What the register says about a meter and its point. */
export type Registered = {
  readonly serial: string
  readonly manufacturer: string
  readonly systemTitle: Uint8Array
  /** putere avizată, W */
  readonly approvedPowerW: number
  readonly kind: string
}

export type Check = {
  readonly check: string
  readonly expected: string
  readonly found: string
  readonly ok: boolean
}

export type Commissioning = {
  readonly checks: readonly Check[]
  /** False when a check failed that readings depend on. */
  readonly accepted: boolean
  readonly identity: Identity
  readonly clock: ClockReading
  readonly switchState: SwitchState
  /** The frames that brought it. */
  readonly switchExchangeId: number
}

/** What does not keep a meter from being used: its clock is judged below, its limiter is programmed (IL 4.2). */
const mended: ReadonlySet<string> = new Set(['clock', 'approved-power'])
/** Beyond one interval, readings would land in the wrong slot: such a clock refuses the meter. */
const clockRefusedS = 900
/** A clock within this is right, seconds. */
const clockGoodS = 60

/** Asks the meter who it is and compares. @throws DriverError */
export async function commission(
  meter: CanIdentify & CanReadClock & CanReadSwitch,
  registered: Registered,
): Promise<Commissioning> {
  const identity = (await meter.identify()).value
  const clock = (await meter.readClock()).value
  const { value: switchState, exchangeId: switchExchangeId } = await meter.readSwitch()
  const checks = judge(registered, identity, clock, switchState)
  const clockOff = Math.abs(clock.deviationS) > clockRefusedS
  const accepted = checks.every((c) => c.ok || mended.has(c.check)) && !clockOff
  return { checks, accepted, identity, clock, switchState, switchExchangeId }
}

/** The checks, pure: one row each, also when all is well. */
export function judge(
  registered: Registered,
  identity: Identity,
  clock: ClockReading,
  switchState: SwitchState,
): Check[] {
  const title = titleText(registered.systemTitle)
  const foundTitle = identity.systemTitle ? titleText(identity.systemTitle) : '–'
  const name = identity.logicalDeviceName ?? '–'
  const deviation = `${clock.deviationS.toFixed(1)} s`
  const threshold = switchState.limiterThresholdW
  const limited = registered.kind !== 'balance' && threshold !== undefined
  return [
    {
      check: 'logical-device-name',
      expected: `${registered.manufacturer}…`,
      found: name,
      ok: name.startsWith(registered.manufacturer),
    },
    {
      check: 'serial',
      expected: registered.serial,
      found: identity.serial ?? '–',
      ok: identity.serial === registered.serial,
    },
    {
      check: 'system-title',
      expected: title,
      found: foundTitle,
      // An association without ciphering need not tell the title; the serial number then stands alone.
      ok: identity.systemTitle === undefined || foundTitle === title,
    },
    {
      check: 'clock',
      expected: `±${clockGoodS} s`,
      found: deviation,
      ok: Math.abs(clock.deviationS) <= clockGoodS,
    },
    {
      check: 'approved-power',
      expected: limited ? `${registered.approvedPowerW} W` : '–',
      found: threshold === undefined ? '–' : `${threshold} W`,
      ok: !limited || threshold === registered.approvedPowerW,
    },
  ]
}
