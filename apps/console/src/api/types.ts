/** Shapes of /api as the console reads them. Instants ISO-8601 UTC, energies Wh, powers W, ids decimal strings. */

export type Role = 'operator' | 'analyst' | 'supplier' | 'customer' | 'crew' | 'admin'
export type Page<T> = { items: T[]; nextCursor?: string | null }

export type Permission =
  | 'read'
  | 'read-now'
  | 'collection'
  | 'network'
  | 'aggregates'
  | 'installations'
  | 'trace'
  | 'tokens'
  | 'audit'
  | 'exceptions'
  | 'rules'
  | 'import'
  | 'orders'
  | 'order'
  | 'approve-order'
  | 'power'
  | 'guard'
  | 'messages'
  | 'field'
  | 'metrics'
export type Me = {
  subject: string
  role: Role
  name: string
  locale: string
  scope: string
  permissions: Permission[]
}
export type DemoAccount = { role: Role; email: string; password: string }

export type Phase = 'commissioning' | 'backfill' | 'live'
export type CollectionSummary = {
  meters: number
  metersRead: number
  expectedIntervals: number
  presentIntervals: number
  estimatedIntervals: number
  gapIntervals: number
  successRateYesterday: number | null
  successRateToday: number | null
  sessionsRunning: number
  sessionsWaiting: number
  framesPerSecond: number
  intervalsPerSecond: number
  updatedAt: string
  phase: Phase
}
export type CollectionDay = {
  day: string
  expected: number
  present: number
  estimated: number
  missing: number
  rate: number | null
}
export type MissingPoint = {
  meteringPointId: string
  pod: string
  name: string
  meterId: string | null
  serial: string | null
  line: string | null
  missingIntervals: number
  cause: string
  lastSeenAt: string | null
  nextAttemptAt: string | null
}
export type SessionRow = {
  id: string
  meterId: string
  serial: string
  meteringPointId: string
  line: string
  purpose: string
  startedAt: string
  endedAt: string | null
  outcome: string | null
  errorCode: string | null
  errorText: string | null
  bytesIn: number
  bytesOut: number
  roundTrips: number
}
export type LineRow = {
  id: string
  code: string
  kind: string
  meters: number
  maxSessions: number
  running: number
  bytesPerSecond: number
  sessionsLastHour: number
  failuresLastHour: number
  metersFailing: number
}
export type GapState = 'open' | 'recovered' | 'lost'
export type GapRow = {
  id: string
  meteringPointId: string
  pod: string
  serial: string | null
  day: string
  fromSlot: number
  count: number
  cause: string
  owner: string
  deadline: string
  attempts: number
  state: GapState
}

export type Station = {
  id: string
  code: string
  name: string
  zone?: string
  ratedKva?: number
  points: number
  meters: number
  commissioned: number
}
export type BalanceRow = {
  start: string
  day: string
  suppliedWh: number
  returnedWh: number
  consumedWh: number
  producedWh: number
  lossWh: number
  lossPercent: number | null
  pointsExpected: number
  pointsPresent: number
  complete: boolean
  /** Of days that are computed: the loss with what is missing, and its expanded uncertainty. */
  likelyLossWh?: number
  bandWh?: number
}

export type PointRow = {
  id: string
  pod: string
  name: string
  address: string
  kind: string
  phases: number
  prosumer?: boolean
  approvedPowerW: number
  readingMode: string
  stationId: string
  meterId: string | null
  serial: string | null
  meterState: string | null
  relayState: string | null
  lastSeenAt: string | null
  yesterdayRate: number | null
  openExceptions: number
}
export type Check = { check: string; expected: unknown; found: unknown; ok: boolean }
export type Meter = {
  id: string
  serial: string
  manufacturer?: string
  model?: string
  firmware?: string | null
  systemTitle?: string
  state: string
  transport?: string | Record<string, unknown>
  clock?: { deviationSeconds: number | null; checkedAt: string | null } | null
  relay?: { output: boolean | null; control: number | string | null } | null
  limiterThresholdW?: number | null
  commissionedAt?: string | null
  commissioning?: Check[] | null
}
export type Point = PointRow & {
  supplier?: string | null
  customer?: string | null
  feeder?: string | null
  stationName?: string
  meter?: Meter | null
}

export type Quality = 'measured' | 'estimated' | 'edited' | 'missing' | 'mixed'
export type Resolution = '15m' | '1h' | '1d' | '1mo'
/** One array per column, equally long; `start` as the server sends it (ISO text or epoch ms). */
export type IntervalColumns = {
  channel: string
  unit: string
  resolution: Resolution
  start: (string | number)[]
  value: (number | null)[]
  quality: Quality[]
  flags: (string[] | null)[]
  trace: (string | null)[]
}
export type IndexReading = { at: string; obis: string; valueWh: number; kind: string; trace: string | null }
export type Indexes = { registers: { obis: string; name: string }[]; items: IndexReading[] }
export type MeterEvent = { at: string; code: number; log: string; name: string; trace: string | null }
export type Exception = {
  id: string
  day: string
  channel: string
  rule: string
  ruleVersion: number
  severity: string
  fromSlot: number | null
  count: number | null
  details: unknown
  status: string
}

export type ReadItem = 'registers' | 'instantaneous' | 'clock' | 'profile'
/** `name` is an OBIS code for registers, a word otherwise. */
export type ReadValue = { name: string; value: number | string; unit?: string; trace?: string }
export type ReadRequest = {
  id: string
  state: 'queued' | 'running' | 'done' | 'failed'
  errorText: string | null
  steps: ReadStep[]
}
export type ReadStep = {
  at: string
  kind: 'connect' | 'request' | 'response' | 'value' | 'error' | 'done'
  label: string
  hex?: string
  trace?: string | null
  values?: ReadValue[]
}

export type TreeNode = {
  name: string
  offset: number
  length: number
  type?: string
  value?: unknown
  text?: string
  error?: { code: string; message: string; offset: number }
  children?: TreeNode[]
  note?: string
  /** the value with its scaler applied, in `unit` */
  scaled?: number
  unit?: string
  /** octets of a layer that is no slice of the one around it (deciphered, reassembled): the offsets of this
   *  subtree count in it; octets of secrets are 'xx' */
  hex?: string
}
export type StoredValue =
  | {
      kind: 'interval'
      start: string
      channels: { channel: string; value: number; quality: Quality; flags: string[] }[]
    }
  | { kind: 'index'; at: string; registers: { obis: string; valueWh: number }[] }
  | { kind: 'event'; at: string; log: string; code: number }
export type TraceFrame = { direction: 'sent' | 'received'; at: string; hex: string }
export type Trace = {
  ref: string
  meterId: string
  serial: string
  at: string
  purpose: string
  frames: TraceFrame[]
  decoded: TreeNode
  /** child numbers from the root of `decoded` */
  focus?: { path: number[]; offset: number; length: number; meaning: string }
  value?: StoredValue
}

export type TokenRow = {
  id: string
  label: string
  meteringPointId: string | null
  pod: string | null
  createdBy: string
  createdAt: string
  expiresAt: string | null
  revokedAt: string | null
}

/** A change of a civil day on one channel. */
export type DayChange = Omit<ExplainStep, 'before' | 'after'> & {
  slots: number
  beforeWh: number
  afterWh: number
}
export type ExplainStep = {
  at: string
  version: number
  kind: string
  rule: string
  ruleVersion: number
  actor: string
  reason: string
  billed: boolean
  approvedBy: string | null
  before: number | null
  after: number | null
}
export type Origin =
  | { kind: 'frame'; trace: string; knownAt: string }
  | { kind: 'file'; file: string; line: number; knownAt: string }
  | { kind: 'load'; knownAt: string }
  | { kind: 'missing' }
  | {
      kind: 'made'
      by: string
      /** The measured value that stood there; of the first quarter-hour of a run. */
      measured: { trace: string; file: string | null; line: number | null; value: number } | null
    }
/** Quarter-hours one after the other that one thing made. */
export type ExplainedRun = {
  from: string
  to: string
  slots: number
  sum: number
  quality: Quality
  flags: string[]
  origin: Origin
  history: ExplainStep[]
}
export type Explanation = {
  channel: string
  unit: 'Wh' | 'varh'
  from: string
  to: string
  sum: number
  counts: Record<Quality, number>
  runs: ExplainedRun[]
  exceptions: { id: string; day: string; rule: string; ruleVersion: number; status: string }[]
  bills: { billRef: string; from: string; to: string; finalisedAt: string; sum: number }[]
  differences: { day: string; beforeWh: number; afterWh: number; at: string }[]
}

/** Exceptions of one cause. */
export type ExceptionGroup = {
  key: string
  label: string
  exceptions: number
  points: number
  errors: number
  unassigned: number
  oldestAt: string
  ages: { day: number; week: number; month: number; older: number }
}
/** Somebody who may be given work. */
export type Person = { subject: string; name: string; role: string }
/** An exception as somebody's work. */
export type WorkException = {
  id: string
  meteringPointId: string
  pod: string
  name: string
  station: string
  day: string
  channel: string
  rule: string
  severity: string
  fromSlot: number | null
  count: number | null
  assignedTo: string | null
  assignedToName: string | null
  details: Record<string, unknown>
  openedAt: string
}
