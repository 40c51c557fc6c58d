/** Seeded: the same neighbourhood at every start. */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

export const me = {
  subject: 'user:1',
  role: 'operator',
  name: 'Ilinca Moldovan',
  locale: 'ro',
  scope: 'all',
  permissions: ['read', 'read-now', 'collection', 'network', 'trace', 'tokens'],
}
export const demo = {
  accounts: ['operator', 'analyst', 'supplier', 'customer', 'admin'].map((role) => ({
    role,
    email: `${role}@contor.example`,
    password: `contor-${role}`,
  })),
}
export const station = {
  id: '1',
  code: 'PT-VM-01',
  name: 'PT Valea Mare',
  zone: 'Brașov',
  ratedKva: 400,
  points: 200,
}
export const lines = [
  {
    id: '1',
    code: 'PLC-VM-1',
    kind: 'plc',
    running: 3,
    maxSessions: 4,
    bytesPerSecond: 4212,
    failuresLastHour: 5,
  },
  {
    id: '2',
    code: 'PLC-VM-2',
    kind: 'plc',
    running: 4,
    maxSessions: 4,
    bytesPerSecond: 3890,
    failuresLastHour: 2,
  },
  {
    id: '3',
    code: 'GSM-VM',
    kind: 'gsm',
    running: 1,
    maxSessions: 2,
    bytesPerSecond: 812,
    failuresLastHour: 11,
  },
]

const families = ['Popescu', 'Șerban', 'Țurcanu', 'Mândruță', 'Ionescu', 'Văcărescu', 'Stănescu', 'Dumbravă']
const streets = ['Strada Morii', 'Strada Bisericii', 'Ulița Mare', 'Strada Școlii', 'Strada Teilor']
const chance = random(42)
const at = (minutesAgo: number) => new Date(Date.now() - minutesAgo * 60_000).toISOString()

const list = Array.from({ length: 200 }, (_, index) => {
  const n = index + 1
  const special = n === 7 ? 'Brutăria Valea Mare' : n === 12 ? 'Școala Gimnazială nr. 2' : undefined
  const manual = n === 33 || n === 90 || n === 151
  const silent = n % 41 === 5
  return {
    id: String(n),
    pod: `RO005E5${String(4000000 + n * 137).padStart(8, '0')}`,
    name: special ?? `Locuință ${families[Math.floor(chance() * families.length)]} ${n}`,
    address: `${streets[Math.floor(chance() * streets.length)]} ${Math.floor(chance() * 80) + 1}, Valea Mare`,
    kind: special ? (n === 12 ? 'public' : 'business') : 'household',
    prosumer: n % 10 === 3,
    phases: special || n % 6 === 0 ? 3 : 1,
    approvedPowerW: special ? 45_000 : n % 6 === 0 ? 15_000 : 6_000,
    readingMode: manual ? 'manual' : n % 34 === 1 ? 'amr' : 'smart',
    stationId: '1',
    meterId: manual ? null : String(1000 + n),
    serial: manual ? null : `CTR${24_000_000 + n * 31}`,
    meterState: manual ? null : n === 60 ? 'refused' : 'commissioned',
    relayState: manual ? null : n === 77 ? 'disconnected' : 'connected',
    lastSeenAt: manual ? null : silent ? at(3100) : at(Math.floor(chance() * 15) + 1),
    yesterdayRate: manual ? null : silent ? 0.42 : n % 23 === 4 ? 0.96 : 1,
    openExceptions: n % 23 === 4 ? 3 : n === 7 ? 1 : 0,
  }
})

export function points(url: URL) {
  const query = (url.searchParams.get('query') ?? '').toLowerCase()
  const limit = Number(url.searchParams.get('limit') ?? 50)
  const from = Number(url.searchParams.get('cursor') ?? 0)
  const found = list.filter((p) =>
    `${p.pod} ${p.name} ${p.address} ${p.serial}`.toLowerCase().includes(query),
  )
  return {
    items: found.slice(from, from + limit),
    nextCursor: from + limit < found.length ? String(from + limit) : null,
  }
}

export function point(id: string) {
  const row = list[Number(id) - 1] ?? list[0]
  return {
    ...row,
    supplier: 'Energia Văii',
    stationName: station.name,
    meter: row.meterId && {
      id: row.meterId,
      serial: row.serial,
      manufacturer: 'CTR',
      model: row.phases === 3 ? 'VM-300' : 'VM-100',
      firmware: '2.4.1',
      systemTitle: '4354520001E240F7',
      state: row.meterState,
      transport: { line: 'PLC-VM-1', host: '127.0.0.1', port: 14059 + Number(id) },
      clock: { deviationSeconds: 2.4, checkedAt: at(14) },
      relay: { output: row.relayState === 'connected', control: 1 },
      limiterThresholdW: row.approvedPowerW,
      commissionedAt: at(600),
      commissioning: [
        { check: 'serial', expected: row.serial, found: row.serial, ok: true },
        { check: 'system-title', expected: '4354520001E240F7', found: '4354520001E240F7', ok: true },
        { check: 'clock', expected: '±9 s', found: '+2.4 s', ok: true },
        { check: 'approved-power', expected: '6000 W', found: '9200 W', ok: false },
      ],
    },
  }
}

let present = 861_000
export function summary() {
  present = Math.min(present + 120, 864_000)
  return {
    meters: 198,
    metersRead: 193,
    expectedIntervals: 864_000,
    presentIntervals: present,
    estimatedIntervals: 214,
    gapIntervals: 864_000 - present + 96,
    successRateYesterday: 0.9832,
    successRateToday: 0.9714,
    sessionsRunning: 8,
    sessionsWaiting: 21,
    framesPerSecond: 164,
    intervalsPerSecond: 1284,
    updatedAt: new Date().toISOString(),
    phase: 'backfill',
  }
}

export function sessions() {
  const outcomes = [
    null,
    null,
    null,
    'ok',
    'ok',
    'ok',
    'partial',
    'failed',
    'ok',
    'ok',
    'ok',
    'ok',
    'failed',
    'ok',
  ]
  return outcomes.map((outcome, index) => ({
    id: String(900 - index),
    meterId: String(1000 + index),
    serial: `CTR${24_000_000 + (index + 1) * 31}`,
    meteringPointId: String(index + 1),
    line: 'PLC-VM-1',
    purpose: index % 5 === 4 ? 'recover' : 'collect',
    startedAt: at(index * 0.4),
    endedAt: outcome === null ? null : at(index * 0.3),
    outcome,
    errorCode: outcome === 'failed' ? 'timeout' : null,
    errorText: outcome === 'failed' ? 'Contorul nu a răspuns în 8 s.' : null,
    bytesIn: 1200 + index * 4100,
    bytesOut: 640 + index * 30,
    roundTrips: 6 + index,
  }))
}

export const tokens = [
  {
    id: '3',
    label: 'Agregator Brașov',
    meteringPointId: '13',
    pod: list[12].pod,
    createdAt: at(9000),
    expiresAt: at(-90_000),
    revokedAt: null,
  },
]

type Send = (event: string, data: unknown) => void
let readBegan = Date.now()
export const readState = () => ({
  id: '77',
  state: Date.now() - readBegan > 2_800 ? 'done' : 'running',
  errorText: null,
  steps: [],
})

export function readSteps(send: Send): () => void {
  const hex = '000100010010001f6080020780a109060760857405080101be10040e01000000065f1f0400001e5dffff'
  const steps = [
    { kind: 'connect', label: '127.0.0.1:14066, client 1 → server 1' },
    { kind: 'request', label: 'AARQ, HLS-GMAC', hex },
    { kind: 'response', label: 'AARE, accepted', hex },
    { kind: 'request', label: 'GET 1.0.1.8.0.255 … 1.0.1.8.4.255 (with-list)', hex },
    { kind: 'response', label: 'GET response, 5 results', hex },
    {
      kind: 'value',
      label: 'registers',
      trace: '500.0',
      values: [
        { name: '1.0.1.8.0.255', value: 12_483_112, unit: 'Wh' },
        { name: '1.0.1.8.1.255', value: 8_211_001, unit: 'Wh' },
        { name: '1.0.1.8.2.255', value: 4_272_111, unit: 'Wh' },
        { name: '1.0.32.7.0.255', value: 231.4, unit: 'V' },
        { name: '1.0.31.7.0.255', value: 3.21, unit: 'A' },
      ],
    },
    { kind: 'done', label: 'RLRQ / RLRE, 6 × 2 cadre' },
  ]
  let next = 0
  readBegan = Date.now()
  const timer = setInterval(() => {
    if (next < steps.length) send('step', { at: new Date().toISOString(), ...steps[next++] })
  }, 350)
  return () => clearInterval(timer)
}
