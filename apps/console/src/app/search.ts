import type { Me, Permission } from '../api/types.ts'

/** What each address remembers. Unknown or wrong values vanish instead of failing the page. */
type Raw = Record<string, unknown>

const text = (value: unknown): string | undefined => {
  if (typeof value === 'string' && value !== '') return value
  return typeof value === 'number' ? String(value) : undefined
}
const oneOf = <T extends string>(value: unknown, allowed: readonly T[]): T | undefined =>
  allowed.find((each) => each === value)
const day = (value: unknown): string | undefined =>
  typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) ? value : undefined
const instant = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined

export const signInSearch = (raw: Raw): { to?: string } => ({ to: text(raw.to) })

export type ShellSearch = { trace?: string; read?: string; explain?: string }
export const shellSearch = (raw: Raw): ShellSearch => ({
  trace: text(raw.trace),
  read: text(raw.read),
  explain: text(raw.explain),
})

/** What the explain drawer is asked: `point.channel.from.to`, instants in epoch ms. */
export type ExplainAsked = { pointId: string; channel: string; from: number; to: number }
export const explainText = ({ pointId, channel, from, to }: ExplainAsked): string =>
  [pointId, channel, from, to].join('.')
export function parseExplain(reference: string): ExplainAsked | undefined {
  const match = /^(\d{1,19})\.([A-Z][+\-\d])\.(\d{10,15})\.(\d{10,15})$/.exec(reference)
  if (!match) return undefined
  return { pointId: match[1], channel: match[2], from: Number(match[3]), to: Number(match[4]) }
}

export const collectionSearch = (raw: Raw): { day?: string } => ({ day: day(raw.day) })

export const pointStates = ['silent', 'exceptions', 'disconnected', 'prosumer', 'no-meter'] as const
export type PointFilter = (typeof pointStates)[number]
export const pointSortKeys = [
  'pod',
  'name',
  'yesterdayRate',
  'lastSeenAt',
  'openExceptions',
  'approvedPowerW',
] as const
export type PointSort = (typeof pointSortKeys)[number]
export type PointListSearch = { q?: string; state?: PointFilter; sort?: PointSort; desc?: boolean }
export const networkSearch = (raw: Raw): PointListSearch => ({
  q: text(raw.q),
  state: oneOf(raw.state, pointStates),
  sort: oneOf(raw.sort, pointSortKeys),
  desc: raw.desc === true ? true : undefined,
})

export type StationSearch = PointListSearch & {
  days?: number
  day?: string
  /** Days of the balance, both included, where they are not the last `days`. */
  from?: string
  to?: string
  feeder?: string
}
export const stationSearch = (raw: Raw): StationSearch => ({
  ...networkSearch(raw),
  days: [7, 14, 45].find((each) => each === raw.days),
  day: day(raw.day),
  from: day(raw.from),
  to: day(raw.to),
  feeder: text(raw.feeder),
})

const lossVerdicts = ['within', 'more', 'less', 'no-technical', 'unknown'] as const
const lossSorts = ['z', 'unexplained', 'loss', 'percent', 'present', 'code'] as const
export type LossSort = (typeof lossSorts)[number]
export type LossesSearch = {
  q?: string
  from?: string
  to?: string
  level?: 'feeder'
  verdict?: (typeof lossVerdicts)[number]
  /** Absent: by significance. */
  sort?: LossSort
  asc?: boolean
}
export const lossesSearch = (raw: Raw): LossesSearch => ({
  q: text(raw.q),
  from: day(raw.from),
  to: day(raw.to),
  level: oneOf(raw.level, ['feeder'] as const),
  verdict: oneOf(raw.verdict, lossVerdicts),
  sort: oneOf(raw.sort, lossSorts),
  asc: raw.asc === true ? true : undefined,
})

export const pointTabs = ['curve', 'heat', 'table', 'edits', 'indexes', 'events', 'exceptions'] as const
export type PointTab = (typeof pointTabs)[number]
export const channels = ['A+', 'A-', 'R+', 'R-'] as const
export type Channel = (typeof channels)[number]
export type PointSearch = {
  tab?: PointTab
  channel?: Channel
  resolution?: '15m' | '1h' | '1d'
  /** the visible part of the curve, epoch ms */
  from?: number
  to?: number
  day?: string
  /** as known at this instant, epoch ms */
  known?: number
}
export const pointSearch = (raw: Raw): PointSearch => ({
  tab: oneOf(raw.tab, pointTabs),
  channel: oneOf(raw.channel, channels),
  resolution: oneOf(raw.resolution, ['15m', '1h', '1d'] as const),
  from: instant(raw.from),
  to: instant(raw.to),
  day: day(raw.day),
  known: instant(raw.known),
})

export const gapsSearch = (raw: Raw): { state?: 'open' | 'recovered' | 'lost' } => ({
  state: oneOf(raw.state, ['open', 'recovered', 'lost'] as const),
})

export const exceptionGroupings = ['rule', 'station', 'model', 'day', 'person', 'age'] as const
export const exceptionStates = ['open', 'acknowledged', 'resolved'] as const
export type ExceptionsSearch = {
  by?: (typeof exceptionGroupings)[number]
  state?: (typeof exceptionStates)[number]
  key?: string
  /** whose: a subject, `me` or `nobody` */
  of?: string
}
export const exceptionsSearch = (raw: Raw): ExceptionsSearch => ({
  by: oneOf(raw.by, exceptionGroupings),
  state: oneOf(raw.state, exceptionStates),
  key: text(raw.key),
  of: text(raw.of),
})

export const rulesSearch = (raw: Raw): { group?: string } => ({ group: text(raw.group) })
/** The version that a new one is drafted from, and the trial that is shown. */
export const ruleSearch = (raw: Raw): { from?: number; trial?: number } => ({
  from: typeof raw.from === 'number' && Number.isInteger(raw.from) ? raw.from : undefined,
  trial: typeof raw.trial === 'number' && Number.isInteger(raw.trial) ? raw.trial : undefined,
})

export const transferTabs = ['import', 'export'] as const
export type TransfersSearch = {
  tab?: (typeof transferTabs)[number]
  /** The import that is open. */
  file?: string
}
export const transfersSearch = (raw: Raw): TransfersSearch => ({
  tab: oneOf(raw.tab, transferTabs),
  file: text(raw.file),
})

export const deliveriesSearch = (raw: Raw): { day?: string } => ({ day: day(raw.day) })

export type MessagesSearch = { tab?: 'inbox' | 'sent-to'; show?: 'waiting' | 'failed' | 'all' }
export const messagesSearch = (raw: Raw): MessagesSearch => ({
  tab: oneOf(raw.tab, ['inbox', 'sent-to'] as const),
  show: oneOf(raw.show, ['waiting', 'failed', 'all'] as const),
})

export type EditsSearch = { state?: 'pending' | 'applied' | 'refused' | 'undone' }
export const editsSearch = (raw: Raw): EditsSearch => ({
  state: oneOf(raw.state, ['pending', 'applied', 'refused', 'undone'] as const),
})

export const sumTabs = ['curve', 'virtual', 'profiles'] as const
export type SumsSearch = {
  tab?: (typeof sumTabs)[number]
  supplier?: string
  station?: string
  zone?: string
  kind?: 'household' | 'business' | 'public' | 'balance'
  mode?: 'smart' | 'amr' | 'manual'
  from?: string
  to?: string
  channel?: Channel
  resolution?: '15m' | '1h' | '1d' | '1mo'
}
export const sumsSearch = (raw: Raw): SumsSearch => ({
  tab: oneOf(raw.tab, sumTabs),
  supplier: text(raw.supplier),
  station: text(raw.station),
  zone: text(raw.zone),
  kind: oneOf(raw.kind, ['household', 'business', 'public', 'balance'] as const),
  mode: oneOf(raw.mode, ['smart', 'amr', 'manual'] as const),
  from: day(raw.from),
  to: day(raw.to),
  channel: oneOf(raw.channel, channels),
  resolution: oneOf(raw.resolution, ['15m', '1h', '1d', '1mo'] as const),
})

export const orderListStates = [
  'waiting',
  'approval',
  'ready',
  'remote',
  'customer',
  'field',
  'executed',
  'closed',
  'cancelled',
  'refused',
  'failed',
  // A letter of justification is due.
  'letter',
  'all',
] as const
export type OrdersSearch = {
  q?: string
  /** Absent: those that have not ended. */
  state?: (typeof orderListStates)[number]
  type?: string
  /** Asks for an order at this point. */
  point?: string
}
export const ordersSearch = (raw: Raw): OrdersSearch => ({
  q: text(raw.q),
  state: oneOf(raw.state, orderListStates),
  type: text(raw.type),
  point: text(raw.point),
})

export const powerListStates = ['open', 'operator', 'closed', 'all'] as const
export type PowerSearch = {
  q?: string
  /** Absent: those that are not closed. */
  state?: (typeof powerListStates)[number]
  kind?: string
}
export const powerSearch = (raw: Raw): PowerSearch => ({
  q: text(raw.q),
  state: oneOf(raw.state, powerListStates),
  kind: text(raw.kind),
})

/** A version other than the one in force. */
export const trancheSearch = (raw: Raw): { version?: number } => ({
  version: typeof raw.version === 'number' && Number.isInteger(raw.version) ? raw.version : undefined,
})

/** The visit that is open. */
export const fieldSearch = (raw: Raw): { visit?: string } => ({ visit: text(raw.visit) })

/** Plans the exchange of the meter of this POD. */
export const exchangesSearch = (raw: Raw): { point?: string } => ({ point: text(raw.point) })

export const tokensSearch = (raw: Raw): { point?: string } => ({ point: text(raw.point) })

export type Place = {
  to:
    | '/collection'
    | '/network'
    | '/losses'
    | '/gaps'
    | '/exceptions'
    | '/rules'
    | '/edits'
    | '/sums'
    | '/transfers'
    | '/deliveries'
    | '/orders'
    | '/power'
    | '/tranches'
    | '/interruptions'
    | '/field'
    | '/exchanges'
    | '/messages'
    | '/tokens'
    | '/decode'
  word: string
  key: string
}
const places: (Place & { needs: Permission })[] = [
  { to: '/collection', word: 'places.collection', key: 'c', needs: 'collection' },
  { to: '/network', word: 'places.network', key: 'n', needs: 'read' },
  { to: '/losses', word: 'places.losses', key: 'w', needs: 'network' },
  { to: '/gaps', word: 'places.gaps', key: 'g', needs: 'collection' },
  { to: '/exceptions', word: 'places.exceptions', key: 'e', needs: 'exceptions' },
  { to: '/rules', word: 'places.rules', key: 'r', needs: 'exceptions' },
  { to: '/edits', word: 'places.edits', key: 'm', needs: 'exceptions' },
  { to: '/sums', word: 'places.sums', key: 's', needs: 'aggregates' },
  { to: '/transfers', word: 'places.transfers', key: 'i', needs: 'read' },
  { to: '/deliveries', word: 'places.deliveries', key: 'l', needs: 'import' },
  { to: '/orders', word: 'places.orders', key: 'o', needs: 'orders' },
  { to: '/power', word: 'places.power', key: 'p', needs: 'orders' },
  { to: '/tranches', word: 'places.tranches', key: 't', needs: 'collection' },
  { to: '/interruptions', word: 'places.interruptions', key: 'b', needs: 'collection' },
  { to: '/field', word: 'places.field', key: 'f', needs: 'field' },
  { to: '/exchanges', word: 'places.exchanges', key: 'x', needs: 'approve-order' },
  { to: '/messages', word: 'places.messages', key: 'j', needs: 'orders' },
  { to: '/tokens', word: 'places.tokens', key: 'a', needs: 'tokens' },
  { to: '/decode', word: 'places.decode', key: 'd', needs: 'collection' },
]

export const may = (me: Me | undefined, permission: Permission): boolean =>
  me?.permissions.includes(permission) ?? false

/** The places of the rail that somebody may open, the first one being their home. */
export const placesFor = (me: Me | undefined): Place[] => {
  // A crew works on its phone page alone.
  const mine = places.filter(
    (place) => may(me, place.needs) && (me?.role !== 'crew' || place.to === '/field'),
  )
  return mine.length > 0 ? mine : [places[1]]
}
