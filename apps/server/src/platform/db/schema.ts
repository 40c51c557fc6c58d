import type { ColumnType, Generated, GeneratedAlways, JSONColumnType } from 'kysely'

/**
 * Rows of schema `contor`, one interface per table of the migrations. One file, however long: it is a declaration that
 * is read by a table's name, and Kysely wants it whole.
 * bigint arrives as a decimal string (ids travel so in JSON too), date as 'YYYY-MM-DD',
 * timestamptz as `Date`, bytea as `Buffer`.
 */
export type Int8 = ColumnType<string, string | number | bigint, string | number | bigint>
export type Id = GeneratedAlways<string>
export type Instant = ColumnType<Date, Date | string, Date | string>
export type InstantDefault = ColumnType<Date, Date | string | undefined, Date | string>
export type CivilDate = ColumnType<string, string, string>
type Json<T extends object | null> = JSONColumnType<T>

export interface CommissioningCheck {
  check: string
  expected: string
  found: string
  ok: boolean
}

export interface AccessGrantTable {
  subject: string
  metering_point_id: Int8
  valid_from: InstantDefault
  valid_to: Instant | null
}

export interface StationTable {
  id: Id
  code: string
  name: string
  zone: string
  rated_kva: number
  latitude: number | null
  longitude: number | null
}

export interface LineTable {
  id: Id
  code: string
  kind: 'plc' | 'gsm' | 'ethernet'
  station_id: Int8
  max_sessions: number
}

export interface PointCodeTable {
  pod: string
  metering_point_id: Int8
  station_id: Int8
}

export interface MeterSerialTable {
  serial: string
  meter_id: Int8
  metering_point_id: Int8
}

export interface MeteringPointTable {
  id: Generated<string>
  pod: string
  name: string
  address: string
  kind: 'household' | 'business' | 'public' | 'balance'
  prosumer: Generated<boolean>
  phases: 1 | 3
  approved_power_w: number
  station_id: Int8
  feeder: string | null
  supplier: string | null
  customer: string | null
  reading_mode: 'smart' | 'amr' | 'manual'
  search: GeneratedAlways<string>
}

export interface MeterTable {
  id: Generated<string>
  metering_point_id: Int8
  serial: string
  system_title: Buffer
  manufacturer: string
  model: string
  line_id: Int8
  host: string
  port: number
  client_address: Generated<number>
  server_address: Generated<number>
  transport: Generated<'wrapper' | 'hdlc' | 'udp-wrapper'>
  physical_address: number | null
  security_suite: Generated<0 | 1 | 2>
  referencing: Generated<'logical-name' | 'short-name'>
  /** Meter model, by its id. */
  model_id: Generated<string>
  state: Generated<'installed' | 'commissioned' | 'refused' | 'retired'>
  firmware: string | null
  relay_output: boolean | null
  relay_control: number | null
  limiter_threshold_w: number | null
  clock_deviation_s: number | null
  clock_checked_at: Instant | null
  commissioned_at: Instant | null
  commissioning: Json<CommissioningCheck[]> | null
  profile_from: Instant | null
  read_through: Instant | null
  last_seen_at: Instant | null
  installed_at: InstantDefault
  removed_at: Instant | null
}

export type MeterKeyKind = 'encryption' | 'authentication' | 'password'

export interface MeterKeyTable {
  meter_id: Int8
  metering_point_id: Int8
  kind: MeterKeyKind
  version: Generated<number>
  wrapped: Buffer
  valid_from: InstantDefault
}

export interface InvocationCounterTable {
  meter_id: Int8
  metering_point_id: Int8
  next: ColumnType<string, string | number | bigint | undefined, string | number | bigint>
  server_floor: ColumnType<string, string | number | bigint | undefined, string | number | bigint>
}

export interface MeterTaskTable {
  meter_id: Int8
  metering_point_id: Int8
  next_at: InstantDefault
  deadline: Instant | null
  failures: Generated<number>
  last_error: string | null
  leased_by: string | null
  leased_for: string | null
  leased_until: Instant | null
}

export interface SessionTable {
  id: Id
  meter_id: Int8
  metering_point_id: Int8
  line_id: Int8
  purpose: 'commission' | 'collect' | 'recover' | 'on-demand'
  started_at: InstantDefault
  ended_at: Instant | null
  outcome: 'ok' | 'partial' | 'failed' | 'abandoned' | null
  error_code: string | null
  error_text: string | null
  bytes_in: ColumnType<string, string | number | bigint | undefined, string | number | bigint>
  bytes_out: ColumnType<string, string | number | bigint | undefined, string | number | bigint>
  round_trips: Generated<number>
}

export interface ExchangeTable {
  id: ColumnType<string, string | number | bigint | undefined, never>
  at: Instant
  meter_id: Int8
  metering_point_id: Int8
  session_id: Int8
  purpose: string
  key_version: number | null
  frames: Buffer
}

export interface GapTable {
  id: Id
  metering_point_id: Int8
  meter_id: Int8 | null
  day: CivilDate
  from_slot: number
  count: number
  cause:
    | 'not-read-yet'
    | 'unreachable'
    | 'refused'
    | 'bad-answer'
    | 'not-in-meter'
    | 'no-smart-meter'
    | 'meter-removed'
  owner: Generated<string>
  deadline: Instant
  attempts: Generated<number>
  last_attempt_at: Instant | null
  state: Generated<'open' | 'recovered' | 'lost' | 'estimated'>
  opened_at: InstantDefault
  closed_at: Instant | null
  estimate: Json<{ methods: string[]; confidence: number; version: number }> | null
}

export interface ReadRequestTable {
  id: Id
  meter_id: Int8
  metering_point_id: Int8
  requested_by: string
  requested_at: InstantDefault
  items: string[]
  state: Generated<'queued' | 'running' | 'done' | 'failed'>
  error_text: string | null
  finished_at: Instant | null
}

export interface ReadStepTable {
  request_id: Int8
  seq: number
  metering_point_id: Int8
  at: InstantDefault
  step: Json<Record<string, unknown>>
}

export interface DayBlockTable {
  metering_point_id: Int8
  day: CivilDate
  version: Generated<number>
  slots: number
  present: number
  estimated: Generated<number>
  suspect: Generated<number>
  import_wh: number
  export_wh: number
  payload: Buffer
  sources: Buffer
  known_from: InstantDefault
  changed_at: InstantDefault
  growth: Generated<Buffer>
  checksum: number | null
}

export interface DayBlockVersionTable {
  metering_point_id: Int8
  day: CivilDate
  version: number
  sources: Buffer
  patch: Buffer
  changed_at: InstantDefault
  kind: 'late' | 'estimate' | 'edit' | 'undo' | 'recalculation' | 'import' | 'repair'
  rule: string
  rule_version: number
  actor: string
  reason: string
  details: Json<Record<string, unknown>> | null
  billed: boolean
  approved_by: string | null
}

export interface BilledPeriodTable {
  metering_point_id: Int8
  bill_ref: string
  from_day: CivilDate
  to_day: CivilDate
  finalised_at: Instant
  actor: string
  sums: Json<Record<string, number>>
}

export interface RebillDifferenceTable {
  metering_point_id: Int8
  id: Id
  bill_ref: string
  day: CivilDate
  channel: string
  before_wh: Int8
  after_wh: Int8
  kind: string
  version: number | null
  at: Instant
  settled_by: string | null
}

export interface BlockFaultTable {
  metering_point_id: Int8
  day: CivilDate
  /** Of a month block; null: the one day. */
  last_day: CivilDate | null
  found_at: InstantDefault
  fault: string
  repaired_at: Instant | null
  repaired_from: string | null
  details: Json<Record<string, unknown>> | null
}

export interface EstimationOrderTable {
  version: number
  applies_to: Json<Record<string, string>>
  ways: Json<Record<string, unknown>[]>
  parameters: Json<{ toleranceWh: number; capacityWh: number | null }>
  valid_from: InstantDefault
  decided_by: Generated<string>
  reason: Generated<string>
}

export interface TariffCalendarTable {
  name: string
  version: number
  applies_to: Json<Record<string, string>>
  periods: Json<Record<string, unknown>[]>
  valid_from: CivilDate
  source: string
}

export interface EditTable {
  metering_point_id: Int8
  id: Id
  kind: 'edit' | 'undo' | 'recalculation'
  author: string
  at: InstantDefault
  reason: string
  channel: string
  from_at: Instant
  to_at: Instant
  operation: Json<Record<string, unknown>>
  billed: boolean
  state: 'pending' | 'applied' | 'refused' | 'undone'
  undoes: Int8 | null
  decided_by: string | null
  decided_at: Instant | null
  report: Json<Record<string, unknown>> | null
}

export interface EditDayTable {
  metering_point_id: Int8
  edit_id: Int8
  day: CivilDate
  changes: Json<Record<string, unknown>[]>
}

export interface EstimationProgressTable {
  one: Generated<boolean>
  looked_at: Instant
}

export interface IndexReadingTable {
  metering_point_id: Int8
  meter_id: Int8
  obis: string
  at: Instant
  kind: 'daily' | 'instant'
  value_wh: Int8
  exchange_id: Int8
  exchange_row: Generated<number>
}

export interface MeterEventTable {
  metering_point_id: Int8
  meter_id: Int8
  log: 'standard' | 'fraud' | 'relay'
  at: Instant
  code: number
  exchange_id: Int8
  exchange_row: Generated<number>
}

export interface ValidationRuleTable {
  rule: string
  version: number
  parameters: Json<Record<string, unknown>>
  severity: 'info' | 'warning' | 'error'
  valid_from: InstantDefault
  applies_to: ColumnType<Record<string, string>, string | undefined, string>
  state: Generated<'draft' | 'live' | 'retired'>
  decided_by: Generated<string>
  reason: Generated<string>
}

export interface PointHistoryTable {
  metering_point_id: Int8
  history: Json<Record<string, unknown>>
}

export interface ValidationExceptionTable {
  id: Id
  metering_point_id: Int8
  meter_id: Int8 | null
  day: CivilDate
  channel: string
  rule: string
  rule_version: number
  severity: string
  from_slot: number | null
  count: number | null
  details: Json<Record<string, unknown>>
  status: Generated<'open' | 'acknowledged' | 'resolved'>
  opened_at: InstantDefault
  closed_at: Instant | null
  assigned_to: string | null
  due_at: Instant | null
  resolution: string | null
  closed_by: string | null
}

export interface StationDayTable {
  station_id: Int8
  day: CivilDate
  supplied_wh: Int8
  returned_wh: Int8
  consumed_wh: Int8
  produced_wh: Int8
  points_expected: number
  points_present: number
  complete: boolean
  computed_at: InstantDefault
}

export interface StationDayStaleTable {
  metering_point_id: Int8
  station_id: Int8
  day: CivilDate
}

export interface ApiTokenTable {
  id: Id
  hash: Buffer
  subject: string
  role: 'operator' | 'analyst' | 'supplier' | 'customer' | 'crew' | 'admin' | 'third-party'
  label: string
  metering_point_id: Int8 | null
  created_by: string
  created_at: InstantDefault
  expires_at: Instant | null
  revoked_at: Instant | null
}

export interface AuditTable {
  id: Id
  at: InstantDefault
  actor: string
  role: string
  action: string
  object: string
  details: Json<Record<string, unknown>> | null
}

export interface AuthUserTable {
  id: string
  name: string
  email: string
  email_verified: Generated<boolean>
  image: string | null
  role: 'operator' | 'analyst' | 'supplier' | 'customer' | 'crew' | 'admin'
  subject: string | null
  locale: Generated<'ro' | 'en'>
  created_at: InstantDefault
  updated_at: InstantDefault
}

/** Only what we write ourselves; better-auth owns the rest. */
export interface AuthAccountTable {
  id: string
  account_id: string
  provider_id: string
  user_id: string
  password: string | null
}

export interface MeterInstallationTable {
  metering_point_id: Int8
  meter_id: Int8
  valid_from: Instant
  valid_to: Instant | null
  ct_primary: number | null
  ct_secondary: number | null
  vt_primary: number | null
  vt_secondary: number | null
  multiplier: Int8
  multiplier_divisor: Int8
  digits: number | null
  unit_wh: number | null
  accuracy_class: string | null
  start_indexes: Json<Record<string, number>>
  end_indexes: Json<Record<string, number>>
  start_record: string | null
  end_record: string | null
  reason: string
  actor: string
  recorded_at: InstantDefault
}

export interface PointRelationTable {
  metering_point_id: Int8
  main_point_id: Int8
  kind: 'witness' | 'sub-consumer' | 'reserve-supply'
  valid_from: CivilDate
  valid_to: CivilDate | null
  source: string
  actor: string
  recorded_at: InstantDefault
}

export interface MeteringCorrectionTable {
  metering_point_id: Int8
  kind: 'transformer-loss' | 'line-loss'
  valid_from: CivilDate
  valid_to: CivilDate | null
  parameters: Json<{ sign: 1 | -1; loadPpm: number; noLoadW: number }>
  source: string
  law: string
  actor: string
  reason: string
  recorded_at: InstantDefault
}

export interface PhaseCurrentTable {
  metering_point_id: Int8
  meter_id: Int8
  at: Instant
  l1_ma: number
  l2_ma: number
  l3_ma: number
  exchange_id: Int8
}

export interface Database {
  meter_installation: MeterInstallationTable
  point_relation: PointRelationTable
  metering_correction: MeteringCorrectionTable
  phase_current: PhaseCurrentTable
  access_grant: AccessGrantTable
  station: StationTable
  line: LineTable
  point_code: PointCodeTable
  meter_serial: MeterSerialTable
  metering_point: MeteringPointTable
  meter: MeterTable
  meter_key: MeterKeyTable
  invocation_counter: InvocationCounterTable
  meter_task: MeterTaskTable
  session: SessionTable
  exchange: ExchangeTable
  gap: GapTable
  read_request: ReadRequestTable
  read_step: ReadStepTable
  day_block: DayBlockTable
  day_block_version: DayBlockVersionTable
  billed_period: BilledPeriodTable
  rebill_difference: RebillDifferenceTable
  block_fault: BlockFaultTable
  estimation_order: EstimationOrderTable
  tariff_calendar: TariffCalendarTable
  edit: EditTable
  edit_day: EditDayTable
  estimation_progress: EstimationProgressTable
  index_reading: IndexReadingTable
  meter_event: MeterEventTable
  validation_rule: ValidationRuleTable
  validation_exception: ValidationExceptionTable
  point_history: PointHistoryTable
  station_day: StationDayTable
  station_day_stale: StationDayStaleTable
  api_token: ApiTokenTable
  audit: AuditTable
  auth_user: AuthUserTable
  auth_account: AuthAccountTable
}
