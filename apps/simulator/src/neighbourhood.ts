// The description of *Valea Mare*: who lives there, which meters hang on the walls, what is wrong with them.
// The public part is what an operator's installation list would say; the rest is known to the simulator only.
import { createHmac } from 'node:crypto'
import type { Habit, User } from './curves.ts'
import { type Fault, faultTable } from './faults.ts'
import { familyNames, givenNames, streets, suppliers } from './names.ts'
import { type Random, random } from './random.ts'

export interface Station {
  readonly code: string
  readonly name: string
  readonly zone: string
  readonly ratedKva: number
  readonly latitude: number
  readonly longitude: number
}

export interface Line {
  readonly code: string
  readonly kind: 'plc' | 'gsm' | 'ethernet'
  readonly maxSessions: number
  /** One way, ms: the smallest and the largest. */
  readonly latencyMs: readonly [number, number]
  /** Share of answers that never arrive. */
  readonly loss: number
}

export interface SimulatedMeter {
  /** 0 is the balance meter, then 1… as the points. */
  readonly index: number
  readonly serial: string
  /** Three-letter FLAG id and serial, 8 bytes. */
  readonly systemTitle: Uint8Array
  readonly manufacturer: string
  readonly model: string
  readonly phases: 1 | 3
  readonly line: string
  readonly host: string
  readonly port: number
  readonly keys: {
    readonly encryption: Uint8Array
    readonly authentication: Uint8Array
    /** Wraps the others when they are replaced. */
    readonly master: Uint8Array
    readonly password: Uint8Array
  }
  /** Error of the clock at the start, s, and its rate. */
  readonly clockOffsetS: number
  readonly clockDriftPpm: number
  readonly approvedPowerW: number
  /** Longest APDU that the meter takes, bytes. */
  readonly maxPduSize: number
  /** Load profile with null-data compression of the time stamps, as some makers send it. */
  readonly compressedProfile: boolean
  /** The layer under the APDUs, over TCP. */
  readonly transport: 'wrapper' | 'hdlc'
  /** Lower HDLC address, 16…125; the gate to it is the meter's own port. */
  readonly physicalAddress?: number
  /** What the meter negotiates in HDLC: I frames under way, and octets of each. */
  readonly hdlc?: { readonly window: number; readonly maxInfo: number }
  /** Security suite: keys of suite 2 have 32 bytes, others 16. */
  readonly suite: 0 | 1 | 2
  readonly referencing: 'logical-name' | 'short-name'
  /** Name of the meter model that describes it to a head-end. */
  readonly modelId: string
  readonly fault?: Fault
}

export interface SimulatedPoint {
  readonly pod: string
  readonly name: string
  readonly address: string
  readonly kind: 'household' | 'business' | 'public' | 'balance'
  readonly prosumer: boolean
  readonly phases: 1 | 3
  readonly approvedPowerW: number
  readonly feeder?: string
  readonly supplier?: string
  readonly customer?: string
  readonly readingMode: 'smart' | 'amr' | 'manual'
  readonly meter?: SimulatedMeter
  /** Who consumes; absent at the station's own balance point. */
  readonly user?: User
}

export interface Neighbourhood {
  readonly seed: number
  readonly station: Station
  readonly lines: readonly Line[]
  readonly points: readonly SimulatedPoint[]
}

export interface NeighbourhoodOptions {
  /** Metering points behind the station, 1…5,000. Default 200. */
  readonly meters?: number
  readonly seed?: number
  /** Port of the balance meter; meter i listens on basePort + i. */
  readonly basePort?: number
  readonly host?: string
}

const feeders = ['F1 Moară', 'F2 Biserică', 'F3 Școală', 'F4 Vale'] as const

/** The few that are no households, at fixed places of the list. */
const trades: readonly {
  at: number
  habit: Habit
  name: string
  kind: 'business' | 'public'
  dailyWh: number
  approvedPowerW: number
}[] = [
  {
    at: 4,
    habit: 'bakery',
    name: 'Brutăria Spicul',
    kind: 'business',
    dailyWh: 96_000,
    approvedPowerW: 22_000,
  },
  {
    at: 9,
    habit: 'school',
    name: 'Școala Gimnazială Valea Mare',
    kind: 'public',
    dailyWh: 74_000,
    approvedPowerW: 30_000,
  },
  {
    at: 16,
    habit: 'shop',
    name: 'Magazin Mixt La Colț',
    kind: 'business',
    dailyWh: 31_000,
    approvedPowerW: 11_000,
  },
  {
    at: 23,
    habit: 'town-hall',
    name: 'Primăria Valea Mare',
    kind: 'public',
    dailyWh: 38_000,
    approvedPowerW: 21_000,
  },
  {
    at: 34,
    habit: 'workshop',
    name: 'Atelier Tâmplărie Bradul',
    kind: 'business',
    dailyWh: 52_000,
    approvedPowerW: 26_000,
  },
  {
    at: 48,
    habit: 'lighting',
    name: 'Iluminat public Valea Mare',
    kind: 'public',
    dailyWh: 44_000,
    approvedPowerW: 9_000,
  },
]

/**
 * Describes a neighbourhood. Pure and reproducible: the same options give the same people, keys and faults.
 * @throws RangeError when `meters` or `basePort` is out of range
 */
export function buildNeighbourhood(options: NeighbourhoodOptions = {}): Neighbourhood {
  const { meters = 200, seed = 1, basePort = 14_059, host = '127.0.0.1' } = options
  if (!Number.isInteger(meters) || meters < 1 || meters > 5_000)
    throw new RangeError(`meters is ${meters}; it is a whole number from 1 to 5,000`)
  if (basePort < 1_024 || basePort + meters > 65_535)
    throw new RangeError(
      `port is ${basePort}; ${meters} meters need ports up to ${basePort + meters}, at most 65,535`,
    )
  const ratedKva = meters <= 220 ? 250 : Math.ceil(meters * 1.2)
  const faults = placeFaults(meters, seed)
  const gsm = new Set(spread(meters, meters >= 60 ? 6 : 1, 13))
  const manual = new Set(
    spread(meters, meters >= 60 ? 3 : meters >= 10 ? 1 : 0, 29).filter((at) => !faults.has(at)),
  )
  const old = oldMeter(meters, [...gsm, ...manual, ...faults.keys()])
  const points: SimulatedPoint[] = [balancePoint(seed, basePort, host, ratedKva)]
  for (let index = 1; index <= meters; index++) {
    const place = { index, seed, port: basePort + index, host }
    points.push(
      makePoint(place, {
        gsm: gsm.has(index),
        manual: manual.has(index),
        old: index === old,
        fault: faults.get(index),
      }),
    )
  }
  return {
    seed,
    station: {
      code: 'PTA-3',
      name: 'PTA 3 Valea Mare',
      zone: 'Valea Mare',
      ratedKva,
      latitude: 45.3461,
      longitude: 25.0912,
    },
    lines: [
      ...feeders.map((_, i) => ({
        code: `PLC-${i + 1}`,
        kind: 'plc' as const,
        maxSessions: 8,
        latencyMs: [3, 18] as const,
        loss: 0.0004,
      })),
      { code: 'GSM-1', kind: 'gsm', maxSessions: 6, latencyMs: [25, 90], loss: 0.001 },
      { code: 'ETH-1', kind: 'ethernet', maxSessions: 2, latencyMs: [1, 3], loss: 0 },
    ],
    points,
  }
}

/** `count` places spread over 1…meters, never on a trade's place. */
function spread(meters: number, count: number, start: number): number[] {
  const taken = new Set(trades.map((trade) => trade.at))
  const places: number[] = []
  for (let i = 0; places.length < count && i < meters * 2; i++) {
    const at = 1 + ((start - 1 + i * Math.max(1, Math.floor(meters / Math.max(1, count)))) % meters)
    const free = taken.has(at) ? 1 + (at % meters) : at
    if (!places.includes(free) && !taken.has(free)) places.push(free)
    else if (i >= count) start++
  }
  return places
}

/** The one meter of the village that is older than logical names: the first ordinary household after the tenth. */
function oldMeter(meters: number, taken: readonly number[]): number | undefined {
  for (let at = 11; at <= meters; at++)
    if (!taken.includes(at) && trades.every((trade) => trade.at !== at) && at % 10 !== 7) return at
  return undefined
}

/** At most every fifth meter has a fault, and each kind comes as often as the table says. */
function placeFaults(meters: number, seed: number): Map<number, Fault> {
  const count = Math.min(faultTable.length, Math.floor(meters / 6))
  const placed = new Map<number, Fault>()
  const r = random(seed, 0xfa17)
  const taken = new Set(trades.map((trade) => trade.at))
  for (const fault of faultTable.slice(0, count)) {
    let at = 1 + r.below(meters)
    while (placed.has(at) || taken.has(at)) at = 1 + (at % meters)
    placed.set(at, fault)
  }
  return placed
}

interface Place {
  readonly index: number
  readonly seed: number
  readonly port: number
  readonly host: string
}

function makePoint(
  place: Place,
  how: { gsm: boolean; manual: boolean; old: boolean; fault: Fault | undefined },
): SimulatedPoint {
  const { index, seed } = place
  const r = random(seed, index, 0x90d)
  const trade = trades.find((one) => one.at === index)
  const prosumer = trade === undefined && !how.manual && index % 10 === 7
  const phases = trade !== undefined || prosumer || r.next() < 0.25 ? 3 : 1
  const approvedPowerW =
    trade?.approvedPowerW ?? (phases === 3 ? r.pick([11_000, 15_000]) : r.pick([3_000, 5_750, 6_000, 9_200]))
  const dailyWh = trade?.dailyWh ?? Math.round(3_200 + 9_500 * r.next() ** 1.8)
  const feeder = (index - 1) % feeders.length
  const name = trade?.name ?? `${r.pick(familyNames)} ${r.pick(givenNames)}`
  return {
    pod: `RO005E5${String(100_000_000 + index * 37 + (seed % 1_000) * 100_003).slice(-9)}`,
    name,
    address: `${r.pick(streets)} nr. ${1 + r.below(120)}, Valea Mare`,
    kind: trade?.kind ?? 'household',
    prosumer,
    phases,
    approvedPowerW,
    feeder: feeders[feeder],
    supplier: suppliers[index % 7 < 4 ? 0 : index % 7 < 6 ? 1 : 2],
    customer: String(10_000 + index),
    readingMode: how.manual ? 'manual' : how.gsm ? 'amr' : 'smart',
    user: {
      seed,
      index,
      habit: trade?.habit ?? 'household',
      dailyWh,
      panelsW: prosumer ? r.pick([3_000, 5_000, 8_000]) : 0,
    },
    ...(how.manual
      ? {}
      : {
          meter: makeMeter(place, r, {
            phases,
            approvedPowerW,
            line: how.gsm ? 'GSM-1' : `PLC-${feeder + 1}`,
            old: how.old,
            fault: how.fault,
          }),
        }),
  }
}

function balancePoint(seed: number, port: number, host: string, ratedKva: number): SimulatedPoint {
  const approvedPowerW = ratedKva * 1_000
  const place = { index: 0, seed, port, host }
  const meter = makeMeter(place, random(seed, 0, 0x90d), {
    phases: 3,
    approvedPowerW,
    line: 'ETH-1',
    old: false,
    fault: undefined,
  })
  return {
    pod: `RO005E5${String(100_000_000 + (seed % 1_000) * 100_003).slice(-9)}`,
    name: 'Balanță PTA 3 Valea Mare',
    address: 'Strada Izvorului FN, Valea Mare',
    kind: 'balance',
    prosumer: false,
    phases: 3,
    approvedPowerW,
    readingMode: 'smart',
    meter,
  }
}

const models = {
  single: { manufacturer: 'AEM', model: 'VM-1P' },
  three: { manufacturer: 'ADR', model: 'VM-3P' },
  gsm: { manufacturer: 'AEM', model: 'VM-AMR' },
} as const

/** Faults that are made of whole frames on the wire: a link layer would mend them before anyone saw them. */
const wireFaults: readonly string[] = ['repeats-blocks', 'garbage']

const hdlcSizes = [
  { window: 1, maxInfo: 512 },
  { window: 2, maxInfo: 128 },
  { window: 3, maxInfo: 256 },
] as const

type Speech = Pick<
  SimulatedMeter,
  'transport' | 'physicalAddress' | 'hdlc' | 'suite' | 'referencing' | 'modelId'
>

/** How a meter speaks, by its place: every third on a power line over HDLC, a few with the later suites. */
function speechOf(index: number, what: { line: string; old: boolean; fault: Fault | undefined }): Speech {
  const plc = what.line.startsWith('PLC')
  const suite = plc && index % 24 === 11 ? 1 : plc && index % 24 === 18 ? 2 : 0
  const mendable = what.fault === undefined || !wireFaults.includes(what.fault.kind)
  if (!what.old && !(plc && index % 3 === 2 && mendable))
    return { transport: 'wrapper', suite, referencing: 'logical-name', modelId: 'contor-neighbourhood' }
  return {
    transport: 'hdlc',
    physicalAddress: 16 + (index % 110),
    hdlc: hdlcSizes[Math.floor(index / 3) % 3],
    suite,
    referencing: what.old ? 'short-name' : 'logical-name',
    modelId: what.old ? 'contor-neighbourhood-sn' : 'contor-neighbourhood-hdlc',
  }
}

function makeMeter(
  place: Place,
  r: Random,
  what: { phases: 1 | 3; approvedPowerW: number; line: string; old: boolean; fault: Fault | undefined },
): SimulatedMeter {
  const kind = what.line === 'GSM-1' ? models.gsm : what.phases === 3 ? models.three : models.single
  const number = 40_000_000 + (place.seed % 900) * 10_000 + place.index
  const speech = speechOf(place.index, what)
  const derive = (purpose: string) =>
    Uint8Array.from(
      createHmac('sha256', `Valea Mare ${place.seed}`)
        .update(`${purpose} ${number}`)
        .digest()
        .subarray(0, speech.suite === 2 ? 32 : 16),
    )
  const systemTitle = new Uint8Array(8)
  systemTitle.set(new TextEncoder().encode(kind.manufacturer))
  new DataView(systemTitle.buffer).setUint32(4, number)
  return {
    index: place.index,
    serial: `${kind.manufacturer}${number}`,
    systemTitle,
    manufacturer: kind.manufacturer,
    model: kind.model,
    phases: what.phases,
    line: what.line,
    host: place.host,
    port: place.port,
    keys: {
      encryption: derive('encryption'),
      authentication: derive('authentication'),
      master: derive('master'),
      password: new TextEncoder().encode(Buffer.from(derive('password')).toString('hex').slice(0, 8)),
    },
    clockOffsetS: what.fault?.kind === 'clock-off' ? what.fault.amount : Math.round(r.normal() * 4 * 10) / 10,
    clockDriftPpm: Math.round(r.normal() * 8),
    approvedPowerW: what.approvedPowerW,
    maxPduSize: what.line === 'GSM-1' ? 1_024 : 2_048,
    compressedProfile: what.phases === 3,
    ...speech,
    ...(what.fault ? { fault: what.fault } : {}),
  }
}
