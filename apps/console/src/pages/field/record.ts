// A form becomes the record that the server takes; what is missing is said before anybody leaves the place.
import type { Draft, DraftExchange, Facts, Photo, Visit } from './types.ts'

/** "12345,678" kWh → 12345678 Wh, without a float; undefined when it is no such number. */
export function wattHours(typed: string): number | undefined {
  const match = /^(\d{1,9})(?:[.,](\d{1,3}))?$/.exec(typed.trim())
  if (!match) return undefined
  return Number(match[1]) * 1000 + Number((match[2] ?? '').padEnd(3, '0'))
}

export type Missing =
  | 'result'
  | 'checklist'
  | 'readings'
  | 'readingsBack'
  | 'acted'
  | 'exchange'
  | 'sameSerial'
  | 'nextVisit'
  | 'note'
  | 'photo'
  | 'crewSignature'
  | 'customerSignature'

export function missingOf(draft: Draft, task: Visit['task'], facts: Facts, photos: number): Missing[] {
  const result = facts.results.find(({ code }) => code === draft.result)
  if (!result) return ['result']
  const before = wattHours(draft.before)
  const after = wattHours(draft.after)
  const typed = draft.before !== '' || draft.after !== ''
  const { exchange } = draft
  const unreadable = exchange?.unreadable === true
  const readings = exchange
    ? (before === undefined && !(unreadable && draft.before === '')) || after === undefined
    : (result.needsReadings || typed) && (before === undefined || after === undefined)
  const rules: [boolean, Missing][] = [
    [
      result.needsChecklist &&
        facts.checks.some(({ code, required }) => required && !draft.checked.includes(code)),
      'checklist',
    ],
    [
      exchange === undefined
        ? task === 'exchange' && result.effect === 'done'
        : [exchange.oldSerial, exchange.newSerial, exchange.newModel, exchange.reason].some(
            (each) => each.trim() === '',
          ) || !result.needsChecklist,
      'exchange',
    ],
    [exchange !== undefined && same(exchange.oldSerial, exchange.newSerial), 'sameSerial'],
    [readings, 'readings'],
    [!exchange && before !== undefined && after !== undefined && after < before, 'readingsBack'],
    [(result.effect === 'done' || exchange !== undefined) && draft.actedAt === null, 'acted'],
    [result.effect === 'postponed' && draft.nextVisit === '', 'nextVisit'],
    [(result.needsNote || unreadable) && draft.note.trim().length < 3, 'note'],
    [(result.needsPhoto || unreadable) && photos === 0, 'photo'],
    [draft.crewName.trim() === '' || draft.crewStrokes.length === 0, 'crewSignature'],
    [
      draft.absent.trim() === '' && (draft.customerName.trim() === '' || draft.customerStrokes.length === 0),
      'customerSignature',
    ],
  ]
  return rules.filter(([missing]) => missing).map(([, name]) => name)
}

const same = (a: string, b: string) => a.trim() !== '' && a.trim() === b.trim()

export const newExchange = (visit: Visit): DraftExchange => ({
  oldSerial: visit.serial ?? '',
  newSerial: '',
  newModel: '',
  reason: visit.task === 'exchange' ? visit.cause.ro : '',
  unreadable: false,
})

export function newDraft(visit: Visit, subject: string, crewName: string, now: Date): Draft {
  return {
    visitId: visit.id,
    subject,
    recordId: crypto.randomUUID(),
    state: 'draft',
    startedAt: now.toISOString(),
    finishedAt: null,
    result: '',
    actedAt: null,
    nextVisit: '',
    note: '',
    checked: [],
    steps: [],
    before: '',
    after: '',
    exchange: visit.task === 'exchange' ? newExchange(visit) : undefined,
    seals: [],
    crewName,
    crewStrokes: [],
    customerName: '',
    customerStrokes: [],
    absent: '',
  }
}

/** The body of POST /api/field/visits/{id}/record. The same draft always gives the same record. */
export function toRecord(draft: Draft, photos: Photo[]): Record<string, unknown> {
  const reading = (when: 'before' | 'after', typed: string) => {
    const energyWh = wattHours(typed)
    return energyWh === undefined ? [] : [{ when, register: '1.8.0', energyWh }]
  }
  return {
    id: draft.recordId,
    result: draft.result,
    startedAt: draft.startedAt,
    finishedAt: draft.finishedAt,
    actedAt: draft.actedAt,
    ...(draft.nextVisit === '' ? {} : { nextVisit: draft.nextVisit }),
    note: draft.note,
    checklist: draft.checked.map((code) => ({ code, confirmed: true })),
    steps: draft.steps,
    readings: [...reading('before', draft.before), ...reading('after', draft.after)],
    ...(draft.exchange && { exchange: draft.exchange }),
    seals: draft.seals.filter(({ number }) => number.trim() !== ''),
    photos: photos.map(({ id, sha256, takenAt }) => ({ id, sha256, takenAt })),
    signatures: {
      crew: { name: draft.crewName, strokes: draft.crewStrokes },
      customer:
        draft.customerStrokes.length > 0
          ? { name: draft.customerName, strokes: draft.customerStrokes }
          : { absent: draft.absent },
    },
  }
}
