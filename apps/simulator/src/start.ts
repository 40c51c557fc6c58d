// Brings the described neighbourhood to life on loopback.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { addDays, type CivilDay, civilDayOf, dayStart, daysBetween } from '@contor/intervals'
import type { User } from './curves.ts'
import { type Device, type DeviceHooks, openDevice } from './device.ts'
import { stationDays, stationSource, userSource } from './energy.ts'
import { createMeter, freshState, type Meter, type MeterState } from './meter.ts'
import type { Neighbourhood } from './neighbourhood.ts'
import { openMemory } from './state.ts'

/** Days between installation and the first start: more than the meters hold, so that their memory is full. */
const installedBefore = 59
/** Faults that begin on a day begin this long after installation: inside what the meters still hold. */
const faultAfter = 46

export interface NeighbourhoodHooks {
  readonly onClientCounter?: DeviceHooks['onClientCounter']
  readonly onEvent?: DeviceHooks['onEvent']
}

export interface RunningNeighbourhood {
  readonly meters: ReadonlyMap<string, Meter>
  readonly installedOn: CivilDay
  close(): Promise<void>
}

/**
 * Opens a port for every meter.
 * @param options.stateFile where counters, clocks and relays survive a restart
 * @throws when a port is taken, naming it
 */
export async function startNeighbourhood(
  neighbourhood: Neighbourhood,
  options: { readonly stateFile?: string | undefined; readonly hooks?: NeighbourhoodHooks } = {},
): Promise<RunningNeighbourhood> {
  const now = Date.now()
  const meters = new Map<string, Meter>()
  const memory = openMemory(
    options.stateFile,
    neighbourhood.seed,
    addDays(civilDayOf(now), -installedBefore),
    function* (): Iterable<readonly [string, MeterState]> {
      for (const [serial, meter] of meters) yield [serial, meter.state]
    },
  )
  const { installedOn } = memory
  const faultFrom = addDays(installedOn, faultAfter)
  const users = neighbourhood.points
    .map((point) => point.user)
    .filter((user): user is User => user !== undefined)
  const lines = new Map(neighbourhood.lines.map((line) => [line.code, line]))
  const devices: Device[] = []
  try {
    for (const point of neighbourhood.points) {
      const spec = point.meter
      if (spec === undefined) continue
      const line = lines.get(spec.line)
      if (line === undefined) throw new Error(`meter ${spec.serial} is on an unknown line ${spec.line}`)
      const source =
        point.user === undefined
          ? stationSource(users, neighbourhood.station.ratedKva)
          : userSource(point.user, spec.fault, spec.fault?.kind === 'thief' ? installedOn : faultFrom)
      const state = resume(memory.stateOf(spec.serial), freshState(spec, now), now)
      const daysHeld = point.user === undefined ? stationDays : undefined
      const meter = createMeter({
        spec,
        source,
        daysHeld,
        installedOn,
        faultFrom,
        state,
        dirty: memory.dirty,
      })
      if (point.user === undefined) await warm(meter, installedOn, now)
      meters.set(spec.serial, meter)
      devices.push(await openDevice(meter, line, { ...options.hooks, dirty: memory.dirty }))
    }
  } catch (error) {
    await Promise.all(devices.map((device) => device.close()))
    memory.close()
    throw error
  }
  memory.dirty()
  memory.save()
  // A limiter trips by itself, whether anybody asks the meter or not.
  const limiters = setInterval(() => {
    for (const meter of meters.values()) meter.household.tick(Date.now())
  }, 1_000)
  limiters.unref()
  return {
    meters,
    installedOn,
    async close() {
      clearInterval(limiters)
      await Promise.all(devices.map((device) => device.close()))
      memory.close()
    },
  }
}

/**
 * The station's first registers need every user's every day since installation. Done here, a day at a time,
 * it cannot hold up the other meters' answers later.
 */
async function warm(meter: Meter, installedOn: CivilDay, now: number): Promise<void> {
  for (const day of daysBetween(installedOn, civilDayOf(now))) {
    meter.registers(dayStart(day) + 1)
    await nextTurn()
  }
}

const counterEpoch = Date.UTC(2026, 0, 1)

/** More frames than a meter can cipher between two writes of the memory. */
const unwrittenCounters = 10_000

/**
 * The server counter never goes back: what was used since the last write before a power cut is skipped, not
 * used twice. Without a memory it starts at one step for each tenth of a second since 2026.
 */
function resume(kept: MeterState | undefined, fresh: MeterState, now: number): MeterState {
  const floor = Math.floor((now - counterEpoch) / 100)
  if (kept === undefined) return { ...fresh, nextServerCounter: floor }
  return { ...kept, nextServerCounter: Math.max(kept.nextServerCounter + unwrittenCounters, floor) }
}
