// The switch of a meter: what it is like, and the acts that move it. Only a released command calls the acts.

import { type AttributeDescriptor, type Data, type DataResult, data, numberOf } from '@contor/dlms'
import type { ActResult, Load, SwitchPort, SwitchState } from '../../../commands/index.ts'
import type { Journal } from '../../journal.ts'
import { DriverError, type Recorded, type RegisterValue } from '../driver.ts'
import type { DlmsConnection } from './connection.ts'
import type { DriverObjects } from './objects.ts'

export type SwitchOptions = {
  readonly connection: DlmsConnection
  readonly journal: Journal
  readonly keyVersion: number | null
  readonly objects: DriverObjects
  readonly readRegisters: (group: 'instantaneous') => Promise<Recorded<readonly RegisterValue[]>>
}

/** Class 70: remote_disconnect and remote_reconnect, each with integer(0) (Blue Book, class 70). */
const methods = { disconnect: 1, reconnect: 2 } as const

export function createSwitch(options: SwitchOptions): SwitchPort {
  const { connection, journal, keyVersion, objects } = options

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

  return {
    async readSwitch(): Promise<Recorded<SwitchState>> {
      const { value, exchangeId } = await get([
        objects.relayOutput,
        objects.relayControl,
        objects.relayMode,
        objects.limiterThreshold,
      ])
      return { exchangeId, value: switchStateOf(value) }
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

    async setLimiter(thresholdW): Promise<Recorded<ActResult>> {
      // The threshold has the type of the value that it watches, which only the meter knows.
      const { value } = await get([objects.limiterThreshold])
      const current = value[0]?.ok ? value[0].data : undefined
      const wanted = current && likeNumber(current, thresholdW)
      if (!wanted) throw new DriverError('not-available', 'the meter tells of no limiter threshold')
      const { event, frames } = await connection.set({ attribute: objects.limiterThreshold, data: wanted })
      const exchangeId = await journal.record('set-limiter', frames, keyVersion)
      return { exchangeId, value: taken(event.results[0]?.result) }
    },
  }
}

const taken = (result: string | undefined): ActResult =>
  result === 'success' ? { taken: true } : { taken: false, refusal: result ?? 'no answer to this item' }

/** Attributes in the order output, control, mode, threshold; those that were refused are left out. */
export function switchStateOf(results: readonly DataResult[]): SwitchState {
  const [output, control, mode, threshold] = results.map((result) => (result.ok ? result.data : undefined))
  const number = (value: Data | undefined) => (value ? numberOf(value) : undefined)
  const [relayControl, controlMode, limiterThresholdW] = [control, mode, threshold].map(number)
  return {
    ...(output?.type === 'boolean' ? { relayOutput: output.value } : {}),
    ...(relayControl === undefined ? {} : { relayControl }),
    ...(controlMode === undefined ? {} : { controlMode }),
    ...(limiterThresholdW === undefined ? {} : { limiterThresholdW }),
  }
}

const makers: Readonly<Record<string, ((value: number) => Data) | undefined>> = {
  unsigned: data.u8,
  'long-unsigned': data.u16,
  'double-long-unsigned': data.u32,
  'long64-unsigned': data.u64,
  integer: data.i8,
  long: data.i16,
  'double-long': data.i32,
  long64: data.i64,
}
const likeNumber = (current: Data, value: number): Data | undefined => makers[current.type]?.(value)
