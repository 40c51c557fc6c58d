// What a meter has counted: the user's energy as it passes this meter, in day blocks and in registers that
// are the exact sums of those blocks.
import { type CivilDay, dayNumber, dayOfNumber, dayStart, locate } from '@contor/intervals'
import { consume, type DayEnergy, type User } from './curves.ts'
import type { Fault } from './faults.ts'
import { random } from './random.ts'

/** Where a meter's energy comes from: one user, or all of a station's. */
export type EnergySource = (day: CivilDay) => DayEnergy

/** Registers at an instant, Wh (varh). The four tariffs add up to `imported`. */
export interface Registers {
  readonly imported: number
  readonly exported: number
  readonly tariffs: readonly [number, number, number, number]
  readonly reactiveImported: number
  readonly reactiveExported: number
}

/** Days of curves that a household's meter keeps at hand: making one again costs less than holding it. */
const userDays = 8
/** The station's curve is the sum of everybody's and dear to make again: all that its profile holds, and more. */
export const stationDays = 62

/**
 * Tariff register of a quarter-hour: 0 peak (working days 7–10 and 17–21), 1 other working-day hours,
 * 2 night (23–7), 3 weekend days.
 */
export function tariffOf(weekday: number, hour: number): 0 | 1 | 2 | 3 {
  if (hour >= 23 || hour < 7) return 2
  if (weekday === 0 || weekday === 6) return 3
  return (hour >= 7 && hour < 10) || (hour >= 17 && hour < 21) ? 0 : 1
}

const weekdayOf = (day: CivilDay) => new Date(dayStart(day) + 12 * 3_600_000).getUTCDay()

/** Local hour of a slot; on the long and the short day the clock jumps after slot 12 (03:00). */
export function hourOfSlot(slot: number, slots: number): number {
  const jumped = slots !== 96 && slot >= (slots === 92 ? 12 : 16)
  return Math.floor((slot + (jumped ? 96 - slots : 0)) / 4)
}

/** The day as this meter counts it, its fault included. */
export function meteredDay(truth: DayEnergy, fault: Fault | undefined, faultFrom: CivilDay): DayEnergy {
  if (fault === undefined || truth.day < faultFrom) return truth
  if (fault.kind === 'thief') return scaledDay(truth, () => 1 - fault.amount)
  if (fault.kind === 'tampered')
    return scaledDay(truth, (slot) => {
      const hour = hourOfSlot(slot, truth.slots)
      return hour >= 17 && hour < 23 ? fault.amount : 1
    })
  return truth
}

function scaledDay(truth: DayEnergy, share: (slot: number) => number): DayEnergy {
  return {
    ...truth,
    imported: truth.imported.map((wh, slot) => Math.round(wh * share(slot))),
    reactiveImported: truth.reactiveImported.map((varh, slot) => Math.round(varh * share(slot))),
  }
}

interface DayTotals {
  readonly imported: number
  readonly exported: number
  readonly tariffs: readonly number[]
  readonly reactiveImported: number
  readonly reactiveExported: number
}

const sum = (values: Int32Array, to = values.length) => {
  let total = 0
  for (let slot = 0; slot < to; slot++) total += values[slot]
  return total
}

function totalsOf(day: DayEnergy, slots: number): DayTotals {
  const tariffs = [0, 0, 0, 0]
  const weekday = weekdayOf(day.day)
  for (let slot = 0; slot < slots; slot++)
    tariffs[tariffOf(weekday, hourOfSlot(slot, day.slots))] += day.imported[slot]
  return {
    imported: sum(day.imported, slots),
    exported: sum(day.exported, slots),
    tariffs,
    reactiveImported: sum(day.reactiveImported, slots),
    reactiveExported: sum(day.reactiveExported, slots),
  }
}

/** The counting part of a meter. Registers start at installation with what the meter brought along. */
export class EnergyCounter {
  readonly #source: EnergySource
  readonly #installed: number
  readonly #days = new Map<CivilDay, DayEnergy>()
  readonly #daysHeld: number
  /** Registers at the start of day `installed + index`. */
  readonly #starts: DayTotals[]

  /** @param daysHeld days of curves kept in memory; the least recently used goes first */
  constructor(source: EnergySource, installedOn: CivilDay, brought: number, daysHeld = userDays) {
    this.#source = source
    this.#daysHeld = daysHeld
    this.#installed = dayNumber(installedOn)
    const r = random(brought)
    const tariffs = [0, 1, 2, 3].map(() => 1_000 + r.below(900_000))
    this.#starts = [
      {
        imported: tariffs.reduce((total, wh) => total + wh, 0),
        exported: 0,
        tariffs,
        reactiveImported: r.below(90_000),
        reactiveExported: 0,
      },
    ]
  }

  /** What the source gives from this day on is not what it gave before. */
  changedFrom(day: CivilDay): void {
    for (const known of this.#days.keys()) if (known >= day) this.#days.delete(known)
    this.#starts.length = Math.min(this.#starts.length, Math.max(1, dayNumber(day) - this.#installed + 1))
  }

  day(day: CivilDay): DayEnergy {
    const known = this.#days.get(day)
    const energy = known ?? this.#source(day)
    // A Map keeps the order of insertion: what was used last stands last.
    this.#days.delete(day)
    this.#days.set(day, energy)
    if (this.#days.size > this.#daysHeld) this.#days.delete(this.#days.keys().next().value!)
    return energy
  }

  /** Registers at the start of the quarter-hour that `at` (epoch ms) is in. */
  registersAt(at: number): Registers {
    const { day, slot } = locate(at)
    const index = Math.max(0, dayNumber(day) - this.#installed)
    for (let known = this.#starts.length; known <= index; known++) {
      const before = this.#starts[known - 1]
      const passed = this.day(dayOfNumber(this.#installed + known - 1))
      this.#starts.push(added(before, totalsOf(passed, passed.slots)))
    }
    const total = added(this.#starts[index], totalsOf(this.day(day), slot))
    return { ...total, tariffs: total.tariffs as unknown as Registers['tariffs'] }
  }
}

function added(a: DayTotals, b: DayTotals): DayTotals {
  return {
    imported: a.imported + b.imported,
    exported: a.exported + b.exported,
    tariffs: a.tariffs.map((wh, tariff) => wh + b.tariffs[tariff]),
    reactiveImported: a.reactiveImported + b.reactiveImported,
    reactiveExported: a.reactiveExported + b.reactiveExported,
  }
}

/** A single user behind his meter. */
export function userSource(user: User, fault: Fault | undefined, faultFrom: CivilDay): EnergySource {
  return (day) => meteredDay(consume(user, day), fault, faultFrom)
}

/**
 * What the station supplies: everybody's true consumption less what prosumers give back, plus the losses of
 * the network (a constant part for the transformer, a part that grows with the square of the load).
 */
export function stationSource(users: readonly User[], ratedKva: number): EnergySource {
  return (day) => {
    const days = users.map((user) => consume(user, day))
    const slots = days[0]?.slots ?? 96
    const result: DayEnergy = {
      day,
      slots,
      imported: new Int32Array(slots),
      exported: new Int32Array(slots),
      reactiveImported: new Int32Array(slots),
      reactiveExported: new Int32Array(slots),
    }
    for (let slot = 0; slot < slots; slot++) {
      let net = 0
      let reactive = 0
      for (const energy of days) {
        net += energy.imported[slot] - energy.exported[slot]
        reactive += energy.reactiveImported[slot] - energy.reactiveExported[slot]
      }
      const utilisation = Math.abs(net) / (ratedKva * 250)
      const loss = ratedKva * 0.35 + Math.abs(net) * 0.045 * (0.4 + utilisation)
      const through = Math.round(net + loss)
      result.imported[slot] = Math.max(0, through)
      result.exported[slot] = Math.max(0, -through)
      result.reactiveImported[slot] = Math.max(0, reactive)
      result.reactiveExported[slot] = Math.max(0, -reactive)
    }
    return result
  }
}
