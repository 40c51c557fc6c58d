// What happens behind a meter in one civil day, quarter-hour by quarter-hour. Pure: the same user and day
// give the same curve, whoever asks and in whatever order.
import { type CivilDay, dayNumber, dayStart, slotsInDay } from '@contor/intervals'
import { type Random, random } from './random.ts'

export type Habit = 'household' | 'bakery' | 'school' | 'shop' | 'town-hall' | 'workshop' | 'lighting'

/** A user of the neighbourhood as far as energy goes. */
export interface User {
  readonly seed: number
  readonly index: number
  readonly habit: Habit
  /** Mean consumption of a day, Wh. */
  readonly dailyWh: number
  /** Peak power of the photovoltaic panels, W; 0 without. */
  readonly panelsW: number
}

/** Energy through the delimitation point of one day, integer Wh (varh) per quarter-hour. */
export interface DayEnergy {
  readonly day: CivilDay
  readonly slots: number
  readonly imported: Int32Array
  readonly exported: Int32Array
  readonly reactiveImported: Int32Array
  readonly reactiveExported: Int32Array
}

/** Bell of height 1 around `centre`, both in hours of the day. */
const bell = (hour: number, centre: number, width: number) => Math.exp(-(((hour - centre) / width) ** 2))

const open = (hour: number, from: number, to: number) => (hour >= from && hour < to ? 1 : 0)

/** Relative load of the trades by hour; the absolute size comes from the user's mean day. */
const tradeShapes: Record<Exclude<Habit, 'household'>, (hour: number, weekend: boolean) => number> = {
  bakery: (hour, weekend) =>
    0.25 + (weekend ? 1.2 : 1) * (2.2 * bell(hour, 3.5, 2.2) + 0.6 * open(hour, 6, 18)),
  school: (hour, weekend) => 0.15 + (weekend ? 0.05 : 1.6) * bell(hour, 10.5, 3.2),
  shop: (hour, weekend) => 0.35 + (weekend ? 0.8 : 1) * open(hour, 7.5, 21.5),
  'town-hall': (hour, weekend) => 0.2 + (weekend ? 0.05 : 1.3) * open(hour, 7.75, 16.5),
  workshop: (hour, weekend) =>
    0.1 + (weekend ? 0.1 : 1.8) * open(hour, 7, 15.5) * (hour >= 12 && hour < 12.5 ? 0.3 : 1),
  lighting: (hour) => (hour < 6.5 || hour >= 17.5 ? 1 : 0.02),
}

/** 0 … 1 through the year: 0 at the end of July, 1 at the end of January. */
function winter(day: number): number {
  return 0.5 + 0.5 * Math.cos(((day - 25) / 365.25) * 2 * Math.PI)
}

/** The whole day's curve of a user, before anybody meters it. */
export function consume(user: User, day: CivilDay): DayEnergy {
  const number = dayNumber(day)
  const slots = slotsInDay(day)
  const r = random(user.seed, user.index, number)
  const weekend = new Date(dayStart(day) + 12 * 3_600_000).getUTCDay() % 6 === 0
  const load =
    user.habit === 'household' ? household(user, r, slots, number, weekend) : trade(user, r, slots, weekend)
  const sun = user.panelsW > 0 ? sunshine(user, number, slots, r) : undefined
  const result: DayEnergy = {
    day,
    slots,
    imported: new Int32Array(slots),
    exported: new Int32Array(slots),
    reactiveImported: new Int32Array(slots),
    reactiveExported: new Int32Array(slots),
  }
  const tangent = 0.08 + 0.25 * random(user.seed, user.index).next()
  for (let slot = 0; slot < slots; slot++) {
    const made = sun === undefined ? 0 : sun[slot]
    // Within a quarter-hour clouds and kettles alternate: a little flows in both directions at the crossing.
    const both = Math.min(load[slot], made) * (made > 0 && Math.abs(load[slot] - made) < 60 ? 0.15 : 0)
    result.imported[slot] = Math.round(Math.max(0, load[slot] - made) + both)
    result.exported[slot] = Math.round(Math.max(0, made - load[slot]) + both)
    result.reactiveImported[slot] = Math.round(load[slot] * tangent)
    result.reactiveExported[slot] = Math.round(made * 0.03)
  }
  return result
}

function household(user: User, r: Random, slots: number, number: number, weekend: boolean): Float64Array {
  const load = new Float64Array(slots)
  const size =
    user.dailyWh *
    (0.75 + 0.5 * winter(number)) *
    (weekend ? 1.12 : 1) *
    Math.max(0.35, 1 + 0.22 * r.normal())
  const away = r.next() < 0.03
  const standby = 6 + size * 0.0045
  const fridge = { period: 3 + r.below(4), phase: r.below(6), wh: 18 + 10 * r.next() }
  const wake = (weekend ? 8.6 : 6.7) + 0.5 * r.normal()
  const dinner = 19.6 + 0.7 * r.normal()
  for (let slot = 0; slot < slots; slot++) {
    const hour = slot / 4 - (slots - 96) / 8
    const awake =
      0.12 + 0.9 * bell(hour, wake, 1.1) + 0.35 * bell(hour, 13, 2.6) + 1.5 * bell(hour, dinner, 2.1)
    const noise = Math.max(0.2, 1 + 0.35 * r.normal())
    load[slot] = standby * (0.9 + 0.2 * r.next()) + (away ? 0 : (size / 96) * 0.38 * awake * noise * 1.6)
    if ((slot + fridge.phase) % fridge.period === 0) load[slot] += fridge.wh
  }
  // Ovens, kettles, washing machines: short and high, mostly in the evening.
  const events = away ? 0 : Math.round((size / 3_000) * r.between(0.4, 1.6))
  for (let event = 0; event < events; event++) {
    const centre = r.next() < 0.6 ? dinner - 1 + 1.6 * r.normal() : r.between(7, 22)
    const first = Math.max(0, Math.min(slots - 1, Math.round(centre * 4)))
    const length = 1 + r.below(5)
    const power = r.between(700, 2_200) / 4
    for (let slot = first; slot < Math.min(slots, first + length); slot++)
      load[slot] += power * r.between(0.5, 1)
  }
  return load
}

function trade(user: User, r: Random, slots: number, weekend: boolean): Float64Array {
  const shape = tradeShapes[user.habit as Exclude<Habit, 'household'>]
  const load = new Float64Array(slots)
  let sum = 0
  for (let slot = 0; slot < slots; slot++) sum += shape((slot * 24) / slots, false)
  const level = Math.max(0.6, 1 + 0.1 * r.normal())
  for (let slot = 0; slot < slots; slot++) {
    const noise = Math.max(0.5, 1 + 0.09 * r.normal())
    load[slot] = (user.dailyWh / sum) * shape((slot * 24) / slots, weekend) * level * noise
  }
  return load
}

/** Clouds are the whole village's; the angle of each roof is its own. */
function sunshine(user: User, number: number, slots: number, r: Random): Float64Array {
  const cold = winter(number)
  const sky = random(user.seed, 7_919, number)
  const clear = 0.25 + 0.75 * sky.next()
  const flicker = 0.5 * (1 - clear) + 0.06
  const noon = 12.6 + 0.25 * (r.next() - 0.5)
  const width = 3.9 - 1.4 * cold
  const peak = (user.panelsW / 4) * (0.86 - 0.45 * cold) * clear
  const made = new Float64Array(slots)
  for (let slot = 0; slot < slots; slot++) {
    const hour = (slot * 24) / slots
    const elevation = bell(hour, noon, width) - 0.03
    const cloud = Math.max(0.1, 1 + flicker * sky.normal())
    made[slot] = elevation > 0 ? Math.min(user.panelsW / 4, peak * elevation * cloud) : 0
  }
  return made
}
