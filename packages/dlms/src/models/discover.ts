// A first draft of a meter model from what the meter says of itself. Pure: `discoveryReads` says what to read,
// `draftModel` takes what came.

import type { Data } from '../axdr/data.ts'
import { associationLn, objectListElement, shortNameListElement } from '../cosem/classes/access.ts'
import { profileGeneric, register } from '../cosem/classes/measuring.ts'
import { clock } from '../cosem/classes/time.ts'
import type { Obis } from '../cosem/obis.ts'
import type { AttributeHandle } from '../cosem/objects.ts'
import { decodeAs } from '../cosem/schema/index.ts'
import type { AttributeDescriptor, CaptureObject, DataResult } from '../xdlms/apdu.ts'
import type { MeterModel } from './model.ts'

/** What discovery needs of an object_list element, of logical or of short names. */
export interface ObjectListEntry {
  readonly classId: number
  readonly version: number
  readonly obis: Obis
  readonly baseName?: number
}

/** Elements of an object list (class 15 or 12, attribute 2); elements of another shape are left out and counted. */
export function objectListEntries(list: Data): { entries: ObjectListEntry[]; skipped: number } {
  const entries: ObjectListEntry[] = []
  let skipped = 0
  const elements = list.type === 'array' || list.type === 'compact-array' ? list.value : []
  for (const element of elements) {
    const long = decodeAs(objectListElement, element)
    const short = long.ok ? long : decodeAs(shortNameListElement, element)
    if (!short.ok) {
      skipped++
      continue
    }
    const { classId, version, obis } = short.value
    const baseName = 'baseName' in short.value ? short.value.baseName : undefined
    entries.push({ classId, version, obis, ...(baseName !== undefined && { baseName }) })
  }
  return { entries, skipped }
}

/** The attributes that make a draft better, in the order to read them. */
export function discoveryReads(entries: readonly ObjectListEntry[]): AttributeHandle<unknown>[] {
  const reads: AttributeHandle<unknown>[] = []
  for (const { classId, obis } of entries) {
    if (classId === 7) {
      const { captureObjects, capturePeriod, profileEntries } = profileGeneric(obis)
      reads.push(captureObjects, capturePeriod, profileEntries)
    } else if (classId === 3 || classId === 4) {
      reads.push({ ...register(obis).scalerUnit, classId })
    } else if (classId === 15 && obis === '0.0.40.0.0.255') {
      const { associatedPartnersId, applicationContextName, authenticationMechanismName } =
        associationLn(obis)
      reads.push(associatedPartnersId, applicationContextName, authenticationMechanismName)
    } else if (classId === 8) {
      const { time, timeZone, daylightSavingsEnabled } = clock(obis)
      reads.push(time, timeZone, daylightSavingsEnabled)
    }
  }
  return reads
}

export interface DiscoveryContext {
  readonly id: string
  readonly title: string
  /** How the list was reached. */
  readonly transport: MeterModel['transports'][number]
  readonly association: MeterModel['associations'][number]
  /** FLAG id of the system title, where there was one. */
  readonly manufacturer?: string
  readonly reads?: readonly { readonly attribute: AttributeDescriptor; readonly result: DataResult }[]
}

/** A draft model; what could not be found out stands in `openQuestions`. It passes `validateModel`. */
export function draftModel(entries: readonly ObjectListEntry[], context: DiscoveryContext): MeterModel {
  const found = new Found(entries, context)
  const open: string[] = []
  const profiles = entries
    .filter(({ classId }) => classId === 7)
    .map((entry) => profileOf(entry, found, open))
  const model: MeterModel = {
    format: 'contor-meter-model/1',
    id: context.id,
    title: context.title,
    ...(context.manufacturer !== undefined && { manufacturers: [context.manufacturer] }),
    referencing: entries.some(({ baseName }) => baseName !== undefined) ? 'short-name' : 'logical-name',
    transports: [context.transport],
    associations: associationsOf(found, context, open),
    identity: identityOf(found),
    ...clockOf(found, open),
    profiles,
    registers: registersOf(found, open),
    objects: objectsOf(found, open),
  }
  if (!profiles.some(({ purpose }) => purpose === 'load')) open.push('Which profile is the load profile?')
  if (profiles.some(({ stamp }) => stamp === undefined)) {
    open.push('Do the time stamps of the profiles name the end or the start of the interval?')
  }
  if (entries.length === 0) open.push('The object list is empty: is this association allowed to see it?')
  return open.length === 0 ? model : { ...model, openQuestions: open.slice(0, 100) }
}

// The object list with what was read of it.
class Found {
  readonly entries: readonly ObjectListEntry[]
  readonly #reads = new Map<string, DataResult>()

  constructor(entries: readonly ObjectListEntry[], context: DiscoveryContext) {
    this.entries = entries
    for (const { attribute, result } of context.reads ?? []) this.#reads.set(keyOf(attribute), result)
  }
  has(classId: number, obis: Obis): boolean {
    return this.entries.some((entry) => entry.classId === classId && entry.obis === obis)
  }
  ofClass(classId: number): ObjectListEntry[] {
    return this.entries.filter((entry) => entry.classId === classId)
  }
  value<T>(handle: AttributeHandle<T>): T | undefined {
    const result = this.#reads.get(keyOf(handle))
    if (!result?.ok) return undefined
    const decoded = handle.decode(result.data)
    return decoded.ok ? decoded.value : undefined
  }
}

const keyOf = ({ classId, obis, attribute }: AttributeDescriptor) => `${classId} ${obis} ${attribute}`

function associationsOf(found: Found, context: DiscoveryContext, open: string[]): MeterModel['associations'] {
  const { association } = context
  const counters = found.entries.filter(({ obis }) => /^0\.\d+\.43\.1\.\d+\.255$/.test(obis))
  if (association.ciphering === undefined || association.invocationCounter !== undefined) return [association]
  if (counters.length === 0) {
    open.push('Where is the invocation counter? The object list shows none (0-0:43.1.x)')
    return [association]
  }
  if (counters.length > 1) {
    open.push(
      `Which invocation counter belongs to which client: ${counters.map(({ obis }) => obis).join(', ')}?`,
    )
  }
  open.push('May the public client (16) read the invocation counter?')
  const publicClient = { purpose: 'public', clientAddress: 16, mechanism: 'none' } as const
  return [publicClient, { ...association, invocationCounter: { obis: counters[0].obis, clientAddress: 16 } }]
}

function identityOf(found: Found): NonNullable<MeterModel['identity']> {
  const serial = ['0.0.96.1.0.255', '1.0.0.0.0.255', '0.0.96.1.1.255'].find((obis) => found.has(1, obis))
  const name = found.has(1, '0.0.42.0.0.255') ? '0.0.42.0.0.255' : undefined
  const firmware = found.entries
    .filter(({ classId, obis }) => classId === 1 && /^1\.\d+\.0\.2\.0\.255$/.test(obis))
    .map(({ obis }) => obis)
    .slice(0, 8)
  return {
    ...(serial !== undefined && { serial }),
    ...(name !== undefined && { logicalDeviceName: name }),
    ...(firmware.length > 0 && { firmware }),
  }
}

function clockOf(found: Found, open: string[]): Pick<MeterModel, 'clock'> {
  const [entry] = found.ofClass(8)
  if (!entry) {
    open.push('The object list shows no clock (class 8)')
    return {}
  }
  const handles = clock(entry.obis)
  const time = found.value(handles.time)
  const zone = found.value(handles.timeZone)
  const switches = found.value(handles.daylightSavingsEnabled)
  const deviation = time?.deviationMinutes
  if (deviation === undefined) open.push('Does the clock send its deviation, and with which sign?')
  if (switches === undefined) open.push('Does the clock follow daylight saving?')
  // East of Greenwich the standard's deviation is negative, as time_zone is. Both positive: an inverted sign, or
  // a meter in the west, which only someone who knows the place can tell.
  if (deviation !== undefined && deviation > 0) {
    open.push(
      `The deviation is +${deviation} minutes (time_zone ${zone ?? 'not read'}): west of Greenwich, or inverted?`,
    )
  }
  return {
    clock: {
      obis: entry.obis,
      deviation: deviation === undefined ? 'none' : 'standard',
      daylightSaving: switches === false ? 'standard-time-only' : 'switches',
    },
  }
}

const logPurposes: Readonly<Record<string, Profile['purpose']>> = {
  '0': 'events',
  '1': 'fraud',
  '3': 'mbus',
  '4': 'communication',
  '5': 'power-quality',
}
type Profile = NonNullable<MeterModel['profiles']>[number]

function purposeOf(
  obis: Obis,
  periodS: number | undefined,
  columns: readonly CaptureObject[],
): Profile['purpose'] {
  const [a, , c, d, e] = obis.split('.')
  if (c === '99' && d === '98') return logPurposes[e] ?? 'other'
  if (a === '0' && c === '24') return 'mbus'
  if (c === '98') return periodS === 86_400 ? 'daily' : 'billing'
  if (periodS !== undefined && periodS >= 60 && periodS <= 3_600) {
    const energy = columns.some(({ obis: captured }) => /^1\.\d+\.[1-4]\.(8|29|9)\./.test(captured))
    return energy || (columns.length === 0 && c === '99') ? 'load' : 'power-quality'
  }
  return periodS === 86_400 ? 'daily' : 'other'
}

const channels: Readonly<Record<string, string>> = { '1': 'A+', '2': 'A-', '3': 'R+', '4': 'R-' }

function profileOf({ obis, version }: ObjectListEntry, found: Found, open: string[]): Profile {
  const { captureObjects, capturePeriod, profileEntries } = profileGeneric(obis)
  const captured = found.value(captureObjects)
  const periodS = found.value(capturePeriod)
  const entries = found.value(profileEntries)
  if (captured === undefined) open.push(`Columns of profile ${obis} were not read`)
  const columns = (captured ?? []).slice(0, 64).map((object) => columnOf(object, found))
  const purpose = purposeOf(obis, periodS, captured ?? [])
  return {
    purpose,
    obis,
    ...(version <= 1 && { version }),
    ...(periodS !== undefined && periodS <= 31_622_400 && { periodS }),
    ...(entries !== undefined && { entries }),
    columns,
    ...(periodS === 0 && { stamp: 'capture' as const }),
  }
}

function columnOf(object: CaptureObject, found: Found): Profile['columns'][number] {
  const { classId, obis, attribute, dataIndex } = object
  const isValue = attribute === 2 && (classId === 3 || classId === 4)
  const scale = isValue ? found.value({ ...register(obis).scalerUnit, classId }) : undefined
  const [a, , c, d] = obis.split('.')
  const channel = a === '1' && (d === '29' || d === '9') ? channels[c] : undefined
  return {
    classId,
    obis,
    attribute,
    ...(dataIndex > 0 && { dataIndex }),
    ...(channel !== undefined && { channel }),
    ...scaleOf(scale),
  }
}

function scaleOf(scale: { readonly scaler: number; readonly unit: number } | undefined) {
  if (scale === undefined || Math.abs(scale.scaler) > 12 || scale.unit === 0) return {}
  return { scaler: scale.scaler, unit: scale.unit }
}

function registersOf(found: Found, open: string[]): NonNullable<MeterModel['registers']> {
  const registers = found.entries.filter(
    ({ classId, obis }) => (classId === 3 || classId === 4 || classId === 5) && !obis.startsWith('0.'),
  )
  let unread = 0
  const drafted = registers.slice(0, 500).map(({ classId, obis }) => {
    const scale = classId === 5 ? undefined : found.value({ ...register(obis).scalerUnit, classId })
    if (scale === undefined && classId !== 5) unread++
    return { obis, classId: classId as 3 | 4 | 5, ...scaleOf(scale) }
  })
  if (unread > 0) open.push(`Scaler and unit of ${unread} registers were not read`)
  return drafted
}

function objectsOf(found: Found, open: string[]): NonNullable<MeterModel['objects']> {
  const all = (classId: number, most: number) =>
    found
      .ofClass(classId)
      .slice(0, most)
      .map(({ obis }) => ({ classId, obis }))
  const one = (classId: number, what: string, usual?: Obis) => {
    const candidates = found.ofClass(classId)
    if (candidates.length === 0) return undefined
    const chosen = candidates.find(({ obis }) => obis === usual) ?? candidates[0]
    if (candidates.length > 1 && chosen.obis !== usual) {
      open.push(`Which of ${candidates.map(({ obis }) => obis).join(', ')} is the ${what}?`)
    }
    return { classId, obis: chosen.obis }
  }
  const alarms = found.entries
    .filter(({ obis }) => /^0\.\d+\.97\.98\.\d\.255$/.test(obis))
    .slice(0, 8)
    .map(({ classId, obis }) => ({ classId, obis }))
  const single = {
    relay: one(70, 'relay of the supply', '0.0.96.3.10.255'),
    limiter: one(71, 'limiter', '0.0.17.0.0.255'),
    imageTransfer: one(18, 'image transfer', '0.0.44.0.0.255'),
    activityCalendar: one(20, 'activity calendar', '0.0.13.0.0.255'),
    specialDays: one(11, 'special days table', '0.0.11.0.0.255'),
    securitySetup: one(64, 'security setup', '0.0.43.0.0.255'),
  }
  const lists = { pushSetups: all(40, 16), mbusClients: all(72, 8), alarmRegisters: alarms }
  return {
    ...Object.fromEntries(Object.entries(single).filter(([, value]) => value !== undefined)),
    ...Object.fromEntries(Object.entries(lists).filter(([, value]) => value.length > 0)),
  }
}
