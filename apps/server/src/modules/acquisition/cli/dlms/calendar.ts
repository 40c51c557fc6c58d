// calendar: the tariff zones of a meter, its special days, and loading a passive calendar that takes over on a date.

import { activityCalendar, type CosemDate, type CosemTime, fromInstant, specialDaysTable } from '@contor/dlms'
import { offsetMinutes } from '@contor/intervals'
import type { Command } from 'commander'
import * as z from 'zod'
import { ContorError } from '../../../../platform/index.ts'
import { instant, obisOf, readJson } from './input.ts'
import { type Meter, withMeter } from './meter.ts'
import { type Options, withConnection } from './options.ts'
import { octetsText, print } from './output.ts'

type CalendarOptions = Options & {
  obis: string
  specialObis: string
  load?: string
  activateAt?: number
  activate?: boolean
}

const name = z.string().min(1).max(16)
const dayId = z.number().int().min(0).max(255)
/** Month-day of every year, or a whole date. */
const date = z.string().regex(/^(\d{4}-)?\d{2}-\d{2}$/, 'write MM-DD or YYYY-MM-DD')
const calendarFile = z.strictObject({
  name,
  seasons: z
    .array(z.strictObject({ name, start: date, week: name }))
    .min(1)
    .max(24),
  /** Day ids, Monday first. */
  weeks: z
    .array(z.strictObject({ name, days: z.array(dayId).length(7) }))
    .min(1)
    .max(24),
  days: z
    .array(
      z.strictObject({
        id: dayId,
        schedule: z
          .array(
            z.strictObject({
              time: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'write HH:MM'),
              /** Script selector: the tariff. */
              script: z.number().int().min(0).max(0xffff),
            }),
          )
          .min(1)
          .max(48),
      }),
    )
    .min(1)
    .max(64),
  scriptTable: z.string().default('0.0.10.0.100.255'),
  specialDays: z.array(z.strictObject({ index: z.number().int().min(0), date, day: dayId })).optional(),
})
type CalendarFile = z.infer<typeof calendarFile>

export function registerCalendar(dlms: Command): void {
  withConnection(
    dlms
      .command('calendar')
      .description('Read the activity calendar and special days; load a passive calendar'),
  )
    .option('--obis <code>', 'logical name of the activity calendar', obisOf('--obis'), '0.0.13.0.0.255')
    .option(
      '--special-obis <code>',
      'logical name of the special days table',
      obisOf('--special-obis'),
      '0.0.11.0.0.255',
    )
    .option(
      '--load <file>',
      'JSON with name, seasons, weeks, days and specialDays: becomes the passive calendar',
    )
    .option('--activate-at <instant>', 'when the passive calendar takes over, ISO 8601', instant)
    .option('--activate', 'let the passive calendar take over at once')
    .addHelpText('after', fileHelp)
    .action((options: CalendarOptions) =>
      withMeter(options, async (meter) => {
        if (options.load) await load(meter, options, await readCalendar(options.load))
        const calendar = activityCalendar(options.obis)
        if (options.activateAt !== undefined) {
          const offset = offsetMinutes(options.activateAt)
          const at = fromInstant(options.activateAt, -offset, offset === 180)
          await meter.write(calendar.activatePassiveCalendarTime.write(at), 'activate_passive_calendar_time')
        }
        if (options.activate)
          await meter.invoke(calendar.activatePassiveCalendar(), 'activate_passive_calendar')
        await show(meter, options)
      }),
    )
}

const fileHelp = `
The file: {"name":"2027","seasons":[{"name":"S1","start":"01-01","week":"W1"}],
  "weeks":[{"name":"W1","days":[1,1,1,1,1,2,2]}],
  "days":[{"id":1,"schedule":[{"time":"00:00","script":3},{"time":"07:00","script":1}]},
          {"id":2,"schedule":[{"time":"00:00","script":3}]}],
  "specialDays":[{"index":0,"date":"12-25","day":2}]}`

async function readCalendar(path: string): Promise<CalendarFile> {
  const parsed = calendarFile.safeParse(await readJson(path, '--load'))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw fault(issue?.path.join('.') ?? '', issue?.message ?? 'is wrong')
  }
  const file = parsed.data
  obisOf('scriptTable')(file.scriptTable)
  const weeks = new Set(file.weeks.map((week) => week.name))
  for (const season of file.seasons)
    if (!weeks.has(season.week)) throw fault(`seasons ${season.name}`, `there is no week ${season.week}`)
  const days = new Set(file.days.map((day) => day.id))
  for (const week of file.weeks)
    for (const id of week.days) if (!days.has(id)) throw fault(`weeks ${week.name}`, `there is no day ${id}`)
  for (const special of file.specialDays ?? [])
    if (!days.has(special.day)) throw fault(`specialDays ${special.date}`, `there is no day ${special.day}`)
  return file
}

function fault(field: string, message: string): ContorError {
  return new ContorError('bad-configuration', `--load: ${field}: ${message}`, {
    field,
    remedy: 'See the example in contor dlms calendar --help.',
  })
}

const encoder = new TextEncoder()

async function load(meter: Meter, options: CalendarOptions, file: CalendarFile): Promise<void> {
  const calendar = activityCalendar(options.obis)
  const days = file.days.map((day) => ({
    dayId: day.id,
    schedule: day.schedule.map(({ time, script }) => ({
      startTime: timeOf(time),
      scriptTable: file.scriptTable,
      scriptSelector: script,
    })),
  }))
  const weeks = file.weeks.map(({ name: week, days: [mo, tu, we, th, fr, sa, su] }) => ({
    name: encoder.encode(week),
    monday: mo ?? 0,
    tuesday: tu ?? 0,
    wednesday: we ?? 0,
    thursday: th ?? 0,
    friday: fr ?? 0,
    saturday: sa ?? 0,
    sunday: su ?? 0,
  }))
  const seasons = file.seasons.map((season) => ({
    name: encoder.encode(season.name),
    start: { ...dateOf(season.start), hour: 0, minute: 0, second: 0, hundredths: 0 },
    weekName: encoder.encode(season.week),
  }))
  // Days before weeks before seasons: at no moment does the meter hold a name that leads nowhere.
  await meter.write(calendar.dayProfileTablePassive.write(days), 'day_profile_table_passive')
  await meter.write(calendar.weekProfileTablePassive.write(weeks), 'week_profile_table_passive')
  await meter.write(calendar.seasonProfilePassive.write(seasons), 'season_profile_passive')
  await meter.write(calendar.calendarNamePassive.write(encoder.encode(file.name)), 'calendar_name_passive')
  if (file.specialDays) {
    const entries = file.specialDays.map((entry) => ({
      index: entry.index,
      specialdayDate: dateOf(entry.date),
      dayId: entry.day,
    }))
    await meter.write(specialDaysTable(options.specialObis).entries.write(entries), 'special days')
  }
}

function dateOf(text: string): CosemDate {
  const parts = text.split('-').map(Number)
  const [month, day] = parts.slice(-2)
  return { ...(parts.length === 3 && { year: parts[0] }), month, day }
}

function timeOf(text: string): CosemTime {
  const [hour, minute] = text.split(':').map(Number)
  return { hour, minute, second: 0, hundredths: 0 }
}

async function show(meter: Meter, options: CalendarOptions): Promise<void> {
  const calendar = activityCalendar(options.obis)
  const part = async (which: 'Active' | 'Passive') => {
    const [title, seasons, weeks, days] = await meter.tryReadAll([
      calendar[`calendarName${which}`],
      calendar[`seasonProfile${which}`],
      calendar[`weekProfileTable${which}`],
      calendar[`dayProfileTable${which}`],
    ])
    return {
      name: title.ok ? wordOf(title.value) : null,
      seasons: seasons.ok
        ? seasons.value.map((s) => ({
            name: wordOf(s.name),
            start: dateText(s.start),
            week: wordOf(s.weekName),
          }))
        : [],
      weeks: weeks.ok
        ? weeks.value.map((w) => ({
            name: wordOf(w.name),
            days: [w.monday, w.tuesday, w.wednesday, w.thursday, w.friday, w.saturday, w.sunday],
          }))
        : [],
      days: days.ok
        ? days.value.map((d) => ({
            id: d.dayId,
            schedule: d.schedule.map((s) => ({ time: timeText(s.startTime), script: s.scriptSelector })),
          }))
        : [],
    }
  }
  const active = await part('Active')
  const passive = await part('Passive')
  const special = await meter.tryRead(specialDaysTable(options.specialObis).entries)
  const specialDays = special.ok
    ? special.value.map((entry) => ({
        index: entry.index,
        date: dateText(entry.specialdayDate),
        day: entry.dayId,
      }))
    : []
  print(
    options,
    { active, passive, specialDays },
    [
      ...describe('active', active),
      ...describe('passive', passive),
      `special days: ${specialDays.map((entry) => `${entry.date} as day ${entry.day}`).join(', ') || 'none'}`,
    ].join('\n'),
  )
}

type Shown = {
  readonly name: string | null
  readonly seasons: readonly { name: string; start: string; week: string }[]
  readonly weeks: readonly { name: string; days: readonly number[] }[]
  readonly days: readonly { id: number; schedule: readonly { time: string; script: number }[] }[]
}

function describe(which: string, { name: title, seasons, weeks, days }: Shown): string[] {
  return [
    `${which}: ${title ?? 'not readable'}`,
    ...seasons.map((s) => `  season ${s.name} from ${s.start}: week ${s.week}`),
    ...weeks.map((w) => `  week ${w.name}: days ${w.days.join(' ')}`),
    ...days.map((d) => `  day ${d.id}: ${d.schedule.map((s) => `${s.time} → ${s.script}`).join(', ')}`),
  ]
}

const wordOf = (octets: Uint8Array) => octetsText(octets).match(/"(.*)"$/)?.[1] ?? octetsText(octets)
const two = (value: number | undefined) => (value === undefined ? '**' : String(value).padStart(2, '0'))
const dateText = ({ year, month, day }: CosemDate) =>
  `${year === undefined ? '' : `${year}-`}${two(month)}-${two(day)}`
const timeText = ({ hour, minute }: CosemTime) => `${two(hour)}:${two(minute)}`
