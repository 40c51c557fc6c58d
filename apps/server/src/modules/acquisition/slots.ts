// Who starts next when places are few: bounds per line and in total, room kept for a person who waits, and a share of
// the rest that reading keeps however many commands wait. Pure: what waits and what runs is given.

/** A line's sessions at this moment, over all collector processes. */
export type LineLoad = {
  readonly lineId: string
  readonly maxSessions: number
  /** All sessions, urgent ones included. */
  readonly running: number
  /** Of them, commands that are not urgent, and reading in bulk. */
  readonly ordinary: number
  readonly reading: number
}

export type SlotBounds = {
  readonly total: number
  /** Of the total, how many only urgent commands and on-demand reads may take. */
  readonly reserved: number
  /** Part of the other places that reading in bulk keeps while it has something due, 0…1; default a quarter. */
  readonly readingShare?: number
}

const defaultReadingShare = 0.25

/** Whoever waits for a session: each list in the order of its turns. */
export type Waiting<T> = {
  /** Commands that somebody in the dark or in danger waits for. */
  readonly urgent: readonly T[]
  /** On-demand reads. */
  readonly asked: readonly T[]
  readonly ordinary: readonly T[]
  readonly reading: readonly T[]
}

/**
 * Commands that went before a waiting reading since the last one, by line and under '' in total: where a single place
 * cannot be shared out, turns are.
 */
export type Turns = Map<string, number>

/** Commands after which a waiting reading is owed a turn. */
const turnAfter = (share: number) => (share > 0 ? Math.round((1 - share) / share) : Number.POSITIVE_INFINITY)

/** Places of `places` that belong to reading; commands always keep one, and a single place is shared by turns alone. */
const readingPlaces = (places: number, share: number) =>
  Math.max(0, Math.min(places - 1, Math.ceil(places * share)))

/** Free places of the whole and of each line: all, and those that ordinary commands and reading may take. */
export function freePlaces(lines: readonly LineLoad[], bounds: SlotBounds) {
  const sum = (of: (line: LineLoad) => number) => lines.reduce((all, line) => all + of(line), 0)
  const shared = sum(({ ordinary, reading }) => ordinary + reading)
  const places = Math.max(0, bounds.total - sum(({ running }) => running))
  const free = (line: LineLoad) => Math.max(0, line.maxSessions - line.running)
  return {
    places,
    ordinary: Math.max(0, Math.min(places, bounds.total - bounds.reserved - shared)),
    byLine: new Map(lines.map((line) => [line.lineId, free(line)])),
    ordinaryByLine: new Map(
      lines.map((line) => [
        line.lineId,
        Math.max(0, Math.min(free(line), ordinaryPlaces(line) - line.ordinary - line.reading)),
      ]),
    ),
  }
}

/** What a line bears of what is not urgent: with two or more places it keeps one for whoever waits at a screen. */
const ordinaryPlaces = (line: Pick<LineLoad, 'maxSessions'>) =>
  line.maxSessions > 1 ? line.maxSessions - 1 : line.maxSessions

/**
 * Shares out the free places. Urgent commands come first, then on-demand reads; reading then has its share of each line
 * and of the whole, commands have the rest, and what one of them does not use goes to the other.
 * @param turns brought up to date
 * @returns those who start, each once, in the order in which they were given a place
 */
export function shareOut<T extends { readonly meterId: string; readonly lineId: string }>(
  lines: readonly LineLoad[],
  waiting: Waiting<T>,
  bounds: SlotBounds,
  turns: Turns = new Map(),
): { readonly [Class in keyof Waiting<T>]: T[] } {
  const share = bounds.readingShare ?? defaultReadingShare
  const load = new Map(lines.map((line) => [line.lineId, { ...line }]))
  const all = { running: 0, ordinary: 0, reading: 0 }
  for (const { running, ordinary, reading } of lines) {
    all.running += running
    all.ordinary += ordinary
    all.reading += reading
  }
  const started = { urgent: [] as T[], asked: [] as T[], ordinary: [] as T[], reading: [] as T[] }
  const taken = new Set<string>()
  const ordinaryTotal = Math.max(0, bounds.total - bounds.reserved)
  const ordinaryFree = () => Math.min(bounds.total - all.running, ordinaryTotal - all.ordinary - all.reading)

  const fits = (one: T, kind: keyof Waiting<T>) => {
    const line = load.get(one.lineId)
    if (!line || taken.has(one.meterId)) return false
    if (line.running >= line.maxSessions || all.running >= bounds.total) return false
    if (kind === 'urgent' || kind === 'asked') return true
    return ordinaryFree() > 0 && line.ordinary + line.reading < ordinaryPlaces(line)
  }
  const start = (one: T, kind: keyof Waiting<T>) => {
    const line = load.get(one.lineId)
    if (!line) return
    taken.add(one.meterId)
    for (const count of [line, all]) {
      count.running++
      if (kind === 'ordinary' || kind === 'reading') count[kind]++
    }
    started[kind].push(one)
  }
  const place = (kind: keyof Waiting<T>, places: number, mayTake: (one: T) => boolean = () => true) => {
    let left = places
    for (const one of waiting[kind]) {
      if (left <= 0) return
      if (!fits(one, kind) || !mayTake(one)) continue
      start(one, kind)
      left--
    }
  }

  const owed = (name: string) => (turns.get(name) ?? 0) >= turnAfter(share)
  const ownOf = (lineId: string) => {
    const line = load.get(lineId)
    return line ? readingPlaces(ordinaryPlaces(line), share) - line.reading : 0
  }
  const ownOfAll = () => Math.max(readingPlaces(ordinaryTotal, share), owed('') ? 1 : 0) - all.reading

  // Reading's part of the whole is kept from urgent ones too, who have the reserved places and come first on every line.
  const fitting = waiting.reading.filter((one) => fits(one, 'reading')).length
  const kept = Math.max(0, Math.min(ownOfAll(), fitting, ordinaryFree()))
  place('urgent', bounds.total - all.running - kept)
  place('asked', bounds.total - all.running - kept)
  // A turn that a line has earned holds even when the share of the whole is used on other lines.
  place('reading', ordinaryFree(), ({ lineId }) => owed(lineId) && (load.get(lineId)?.reading ?? 0) === 0)
  place('reading', ownOfAll(), ({ lineId }) => ownOf(lineId) > 0 || owed(''))
  place('ordinary', ordinaryFree())
  place('reading', ordinaryFree())
  place('urgent', bounds.total - all.running)
  place('asked', bounds.total - all.running)
  noteTurns(turns, waiting.reading, started)
  return started
}

function noteTurns<T extends { readonly meterId: string; readonly lineId: string }>(
  turns: Turns,
  reading: readonly T[],
  started: { readonly ordinary: readonly T[]; readonly reading: readonly T[] },
): void {
  const waits = new Set(reading.map(({ lineId }) => lineId))
  for (const { lineId } of started.ordinary) {
    if (waits.has(lineId)) turns.set(lineId, (turns.get(lineId) ?? 0) + 1)
    if (waits.size > 0) turns.set('', (turns.get('') ?? 0) + 1)
  }
  for (const { lineId } of started.reading) {
    turns.delete(lineId)
    turns.delete('')
  }
}
