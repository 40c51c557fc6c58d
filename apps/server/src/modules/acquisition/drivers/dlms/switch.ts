// The switch of a meter: what it is like, and the acts that move it. Only a released command calls the acts.

import { type AttributeDescriptor, type Data, type DataResult, data, numberOf, type Obis } from '@contor/dlms'
import type { ActResult, LimiterSetting, Load, SwitchPort, SwitchState } from '../../../commands/index.ts'
import type { Journal } from '../../journal.ts'
import { DriverError, type Recorded, type RegisterValue } from '../driver.ts'
import type { DlmsConnection } from './connection.ts'
import type { DriverObjects } from './objects.ts'
import { obisOf, scalerUnitOf } from './values.ts'

export type SwitchOptions = {
  readonly connection: DlmsConnection
  readonly journal: Journal
  readonly keyVersion: number | null
  readonly objects: DriverObjects
  /** Scalers and units by logical name, of this meter. */
  readonly scalers: Map<string, { scaler: number; unit: string }>
  readonly readRegisters: (group: 'instantaneous') => Promise<Recorded<readonly RegisterValue[]>>
}

/** Class 70: remote_disconnect and remote_reconnect, each with integer(0) (Blue Book, class 70). */
const methods = { disconnect: 1, reconnect: 2 } as const

export function createSwitch(options: SwitchOptions): SwitchPort {
  const { connection, journal, keyVersion, objects, scalers } = options
  const { limiter } = objects

  async function get(what: readonly AttributeDescriptor[]): Promise<Recorded<readonly DataResult[]>> {
    const { event, frames } = await connection.get(what)
    return { value: event.results, exchangeId: await journal.record('switch', frames, keyVersion) }
  }

  async function invoke(method: 'disconnect' | 'reconnect'): Promise<Recorded<ActResult>> {
    const { classId, obis } = objects.relayOutput
    const { event, frames } = await connection.action({
      method: { classId, obis, method: methods[method] },
      data: data.i8(0),
    })
    const exchangeId = await journal.record(method, frames, keyVersion)
    return { exchangeId, value: taken(event.results[0]?.result) }
  }

  /** A threshold is in the unit of what it watches (Blue Book, class 71): power of ten to W. */
  async function scaleOf(watches: string | undefined): Promise<number> {
    if (watches === undefined) return 0
    if (!scalers.has(watches)) {
      const { value } = await get([{ classId: 3, obis: watches as Obis, attribute: 3 }])
      const found = value[0]?.ok ? scalerUnitOf(value[0].data) : undefined
      // A register that tells no unit is taken at its word: whole watts.
      scalers.set(watches, found ?? { scaler: 0, unit: 'W' })
    }
    return scalers.get(watches)?.scaler ?? 0
  }

  return {
    async readSwitch(): Promise<Recorded<SwitchState>> {
      const { value, exchangeId } = await get([
        objects.relayOutput,
        objects.relayControl,
        objects.relayMode,
        limiter.threshold,
        limiter.monitoredValue,
        limiter.overS,
        limiter.underS,
      ])
      const state = switchStateOf(value)
      const { limiterThresholdW: raw, limiterWatches } = state
      if (raw === undefined) return { exchangeId, value: state }
      const limiterThresholdW = Math.round(raw * 10 ** (await scaleOf(limiterWatches)))
      return { exchangeId, value: { ...state, limiterThresholdW } }
    },

    async readLoad(): Promise<Recorded<Load>> {
      const { value, exchangeId } = await options.readRegisters('instantaneous')
      const largest = (unit: string, obis: RegExp) => {
        const found = value.filter((r) => r.unit === unit && obis.test(r.obis)).map((r) => r.value)
        return found.length > 0 ? Math.max(...found) : undefined
      }
      // Phase values of IEC 62056-6-1: C = 31, 51, 71 currents, 32, 52, 72 voltages.
      const currentA = largest('A', /^1\.0\.[357]1\.7\./)
      const voltageV = largest('V', /^1\.0\.[357]2\.7\./)
      return {
        exchangeId,
        value: {
          ...(currentA === undefined ? {} : { currentA }),
          ...(voltageV === undefined ? {} : { voltageV }),
        },
      }
    },

    disconnect: () => invoke('disconnect'),
    reconnect: () => invoke('reconnect'),

    async setLimiter({ thresholdW, overS, underS }: LimiterSetting): Promise<Recorded<ActResult>> {
      const { value, exchangeId } = await get([
        limiter.threshold,
        limiter.monitoredValue,
        limiter.overS,
        limiter.underS,
        limiter.actions,
      ])
      const [threshold, monitored, over, under, actions] = value.map((r) => (r.ok ? r.data : undefined))
      if (!threshold) throw new DriverError('not-available', 'the meter tells of no limiter threshold')
      if (actions && !opensSomething(actions))
        return refusedBy(exchangeId, 'the limiter opens nothing: it has no script above its threshold')
      const scale = await scaleOf(monitored && watchedOf(monitored))
      // The threshold has the type and the unit of the value that it watches, which only the meter knows.
      const wanted = likeNumber(threshold, thresholdW / 10 ** scale)
      if (!wanted) return refusedBy(exchangeId, `${thresholdW} W cannot be told in the unit of this limiter`)
      // Durations first: a threshold that holds with the wrong patience would open the relay too soon.
      for (const [attribute, seconds, current] of [
        [limiter.overS, overS, over],
        [limiter.underS, underS, under],
      ] as const) {
        if (seconds === undefined || !current || numberOf(current) === seconds) continue
        const duration = likeNumber(current, seconds)
        const set = duration && (await write(attribute, duration))
        // Many meters hold their durations fixed; what they are is read back with the threshold.
        if (set && !set.value.taken && set.value.refusal !== 'read-write-denied') return set
      }
      return write(limiter.threshold, wanted)
    },
  }

  async function write(attribute: AttributeDescriptor, value: Data): Promise<Recorded<ActResult>> {
    const { event, frames } = await connection.set({ attribute, data: value })
    const exchangeId = await journal.record('set-limiter', frames, keyVersion)
    return { exchangeId, value: taken(event.results[0]?.result) }
  }
}

const refusedBy = (exchangeId: number, refusal: string): Recorded<ActResult> => ({
  exchangeId,
  value: { taken: false, refusal },
})

const taken = (result: string | undefined): ActResult =>
  result === 'success' ? { taken: true } : { taken: false, refusal: result ?? 'no answer to this item' }

/**
 * Attributes in the order output, control, mode, threshold, monitored value, durations; those that were refused are
 * left out. The threshold is as the meter tells it, in the unit of what it watches.
 */
export function switchStateOf(results: readonly DataResult[]): SwitchState {
  const [output, control, mode, threshold, monitored, over, under] = results.map((result) =>
    result.ok ? result.data : undefined,
  )
  const number = (value: Data | undefined) => (value ? numberOf(value) : undefined)
  const [relayControl, controlMode, limiterThresholdW, limiterOverS, limiterUnderS] = [
    control,
    mode,
    threshold,
    over,
    under,
  ].map(number)
  const limiterWatches = monitored && watchedOf(monitored)
  return {
    ...(output?.type === 'boolean' ? { relayOutput: output.value } : {}),
    ...(relayControl === undefined ? {} : { relayControl }),
    ...(controlMode === undefined ? {} : { controlMode }),
    ...(limiterThresholdW === undefined ? {} : { limiterThresholdW }),
    ...(limiterOverS === undefined ? {} : { limiterOverS }),
    ...(limiterUnderS === undefined ? {} : { limiterUnderS }),
    ...(limiterWatches === undefined ? {} : { limiterWatches }),
  }
}

/** value_definition of class 71: class, logical name, attribute. */
const watchedOf = (value: Data): string | undefined =>
  value.type === 'structure' && value.value[1] ? obisOf(value.value[1]) : undefined

/** Whether actions names a script above the threshold: action_item {logical name, selector}. */
function opensSomething(actions: Data): boolean {
  const [over] = actions.type === 'structure' ? actions.value : []
  const [name, selector] = over?.type === 'structure' ? over.value : []
  const obis = name && obisOf(name)
  return obis !== undefined && obis !== '0.0.0.0.0.0' && ((selector && numberOf(selector)) ?? 0) > 0
}

const makers: Readonly<Record<string, readonly [(value: number) => Data, most: number] | undefined>> = {
  unsigned: [data.u8, 0xff],
  'long-unsigned': [data.u16, 0xffff],
  'double-long-unsigned': [data.u32, 0xffff_ffff],
  'long64-unsigned': [data.u64, Number.MAX_SAFE_INTEGER],
  integer: [data.i8, 0x7f],
  long: [data.i16, 0x7fff],
  'double-long': [data.i32, 0x7fff_ffff],
  long64: [data.i64, Number.MAX_SAFE_INTEGER],
}
/** Undefined where the type cannot hold it whole. */
function likeNumber(current: Data, value: number): Data | undefined {
  const maker = makers[current.type]
  return maker && Number.isInteger(value) && value >= 0 && value <= maker[1] ? maker[0](value) : undefined
}
