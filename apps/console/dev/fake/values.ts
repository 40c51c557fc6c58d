import {
  addDays,
  civilDay,
  dayStart,
  quarter,
  slotsInDay,
  today,
  wallMinutes,
} from '../../src/format/zone.ts'
import { point, random } from './network.ts'

/** Wh of one quarter-hour of a household: night rest, morning and evening peaks, a free weekend. */
function household(ms: number, noise: number): number {
  const hour = wallMinutes(ms) / 60
  const peak = (centre: number, width: number) => Math.exp(-(((hour - centre) / width) ** 2))
  const weekend = [0, 6].includes(new Date(ms).getUTCDay()) ? 1.25 : 1
  const base = 45 + 150 * peak(7.5, 1.2) + 280 * peak(19.5, 2.2) + 90 * weekend * peak(13, 2.5)
  return Math.round(base * (0.55 + noise * 0.9) + (noise > 0.965 ? 420 : 0))
}

export function columns(url: URL, id: string) {
  const resolution = url.searchParams.get('resolution') ?? '15m'
  const channel = url.searchParams.get('channel') ?? 'A+'
  const from = Date.parse(url.searchParams.get('from') ?? '')
  const to = Date.parse(url.searchParams.get('to') ?? '')
  const step = resolution === '1h' ? 4 * quarter : resolution === '1d' ? 96 * quarter : quarter
  const out = { channel, unit: channel.startsWith('A') ? 'Wh' : 'varh', resolution } as Record<
    string,
    unknown
  >
  const start: string[] = []
  const value: (number | null)[] = []
  const quality: string[] = []
  const flags: string[][] = []
  const trace: (string | null)[] = []
  const silent = channel.startsWith('R') || (channel === 'A-' && !point(id).prosumer)
  for (let ms = from; ms < to; ms += step) {
    const noise = random(ms / quarter + Number(id))()
    const day = civilDay(ms)
    const hole = ms > Date.now() - quarter || (day.endsWith('-12') && wallMinutes(ms) < 540)
    const estimated = day.endsWith('-05') && wallMinutes(ms) > 1020
    const wh = household(ms, noise) * (step / quarter)
    start.push(new Date(ms).toISOString())
    value.push(hole || silent ? null : wh)
    quality.push(hole || silent ? 'missing' : estimated ? 'estimated' : 'measured')
    flags.push(noise > 0.985 ? ['suspect'] : [])
    trace.push(hole || silent || estimated ? null : `${500 + (ms % 97)}.${Math.floor(noise * 96)}`)
  }
  return { ...out, start, value, quality, flags, trace }
}

const lastDays = (count: number) => Array.from({ length: count }, (_, n) => addDays(today(), n - count + 1))

export function days() {
  return lastDays(45).map((day, n) => {
    const expected = slotsInDay(day) * 197
    const missing = Math.round(expected * (n === 31 ? 0.21 : n % 9 === 0 ? 0.05 : 0.012))
    const estimated = Math.round(expected * (n % 7 === 0 ? 0.03 : 0.002))
    return {
      day,
      expected,
      present: expected - missing,
      estimated,
      missing,
      rate: (expected - missing) / expected,
    }
  })
}

const causes = ['unreachable', 'not-read-yet', 'bad-answer', 'refused', 'not-in-meter', 'no-smart-meter']

export function missing() {
  return Array.from({ length: 14 }, (_, n) => {
    const row = point(String(n * 13 + 5))
    return {
      meteringPointId: row.id,
      pod: row.pod,
      name: row.name,
      meterId: row.meterId,
      serial: row.serial,
      line: n % 3 === 2 ? 'GSM-VM' : 'PLC-VM-1',
      missingIntervals: 96 - n * 5,
      cause: causes[n % causes.length],
      lastSeenAt: row.lastSeenAt,
      nextAttemptAt: new Date(Date.now() + n * 97_000).toISOString(),
    }
  })
}

export function gaps(state: string) {
  if (state === 'lost') return []
  return Array.from({ length: 400 }, (_, n) => {
    const row = point(String((n % 199) + 1))
    return {
      id: String(n + 1),
      meteringPointId: row.id,
      pod: row.pod,
      serial: row.serial,
      day: addDays(today(), -(n % 40)),
      fromSlot: (n * 7) % 90,
      count: (n % 6) + 1,
      cause: causes[n % causes.length],
      owner: n % 4 === 0 ? 'field' : 'collector',
      deadline: new Date(Date.now() + (n - 6) * 5_400_000).toISOString(),
      attempts: n % 5,
      state,
    }
  })
}

export function balance(url: URL) {
  const from = url.searchParams.get('from') ?? today()
  const to = url.searchParams.get('to') ?? today()
  const fine = url.searchParams.get('resolution') === '15m'
  const rows = []
  for (let day = from; day <= to; day = addDays(day, 1)) {
    const slots = fine ? slotsInDay(day) : 1
    for (let slot = 0; slot < slots; slot++) {
      const ms = dayStart(day) + slot * quarter
      const noise = random(ms / quarter)()
      const consumedWh = fine ? household(ms, 0.5 + noise / 8) * 160 : Math.round(1_420_000 + noise * 320_000)
      const sun = fine ? Math.max(0, 1 - ((wallMinutes(ms) / 60 - 13) / 4) ** 2) : 4
      const producedWh = Math.round(sun * (fine ? 3600 : 28_000))
      const lossWh = Math.round(consumedWh * (0.052 + noise * 0.03))
      const suppliedWh = consumedWh + lossWh - producedWh
      rows.push({
        start: new Date(ms).toISOString(),
        day,
        suppliedWh: Math.max(suppliedWh, 0),
        returnedWh: Math.max(-suppliedWh, 0),
        consumedWh,
        producedWh,
        lossWh,
        lossPercent: (lossWh / (suppliedWh + producedWh)) * 100,
        pointsExpected: 197,
        pointsPresent: noise > 0.9 ? 191 : 197,
        complete: noise <= 0.9,
      })
    }
  }
  return rows
}

export function indexes(id: string) {
  const registers = ['1.0.1.8.0.255', '1.0.1.8.1.255', '1.0.1.8.2.255', '1.0.2.8.0.255'].map((obis) => ({
    obis,
    name: obis,
  }))
  const items = lastDays(45).flatMap((day, n) =>
    registers.map(({ obis }, place) => ({
      at: new Date(dayStart(day)).toISOString(),
      obis,
      valueWh:
        [12_000_000, 8_000_000, 4_000_000, 0][place] + n * [9_100, 6_000, 3_100, 0][place] + Number(id),
      kind: 'daily',
      trace: `6${n}.${place}`,
    })),
  )
  return { registers, items }
}

export function events() {
  return [
    {
      at: `${today()}T05:12:00Z`,
      code: 3,
      log: 'standard',
      name: 'Ceas potrivit (valoarea veche)',
      trace: '700.0',
    },
    {
      at: `${addDays(today(), -2)}T21:40:00Z`,
      code: 1,
      log: 'standard',
      name: 'Lipsă de tensiune',
      trace: '700.1',
    },
    {
      at: `${addDays(today(), -6)}T10:02:00Z`,
      code: 40,
      log: 'fraud',
      name: 'Capac de borne deschis',
      trace: '701.0',
    },
  ]
}

export function exceptions() {
  const rules = ['spike', 'missing-interval', 'interval-sum', 'clock-tolerance']
  return rules.map((rule, n) => ({
    id: String(n),
    day: addDays(today(), -n - 1),
    channel: 'A+',
    rule,
    ruleVersion: 1,
    severity: n % 2 ? 'warning' : 'error',
    fromSlot: n === 2 ? null : n * 20,
    count: n === 2 ? null : n + 1,
    details: { limitWh: 1500, foundWh: 2210 + n },
    status: 'open',
  }))
}
