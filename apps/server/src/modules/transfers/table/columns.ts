// The table that every format of lines carries: which header means what, in Romanian and English.
import { type Channel, channels, flag, type QualityFlag, type stateOf } from '@contor/intervals'

export type Cell = string | number | Date | null
export type Locale = 'ro' | 'en'
export type EnergyUnit = 'Wh' | 'kWh'

/** What a column of a file says. */
export type Meaning =
  | {
      readonly kind:
        | 'pod'
        | 'start'
        | 'end'
        | 'offset'
        | 'day'
        | 'channel'
        | 'value'
        | 'quality'
        | 'flags'
        | 'ignored'
      readonly factor?: number
    }
  /** Energy of one channel; `factor` Wh per unit of the file. */
  | { readonly kind: 'energy'; readonly channel: Channel; readonly factor: number }
  | { readonly kind: 'state' | 'marks'; readonly channel: Channel }
  /** Quarter-hour of a day by its number from 0, or by its civil time; `again`: the second of the repeated hour. */
  | { readonly kind: 'slot'; readonly slot: number }
  | { readonly kind: 'clock'; readonly minute: number; readonly again: boolean }

export const headers = {
  en: {
    pod: 'pod',
    start: 'start',
    end: 'end',
    offset: 'offset',
    day: 'day',
    channel: 'channel',
    quality: 'quality',
    marks: 'flags',
    method: 'method',
  },
  ro: {
    pod: 'loc de consum',
    start: 'început',
    end: 'sfârșit',
    offset: 'decalaj',
    day: 'ziua',
    channel: 'canal',
    quality: 'calitate',
    marks: 'marcaje',
    method: 'metoda',
  },
} as const

/** Header of an energy column: `A+ [Wh]`, `R+ [kvarh]`. */
export function energyHeader(channel: Channel, unit: EnergyUnit): string {
  return `${channel} [${unit === 'kWh' ? 'k' : ''}${channel.startsWith('A') ? 'Wh' : 'varh'}]`
}

export const stateHeader = (channel: Channel, locale: Locale): string =>
  `${channel} ${headers[locale].quality}`

export const marksHeader = (channel: Channel, locale: Locale): string => `${channel} ${headers[locale].marks}`
export const methodHeader = (channel: Channel, locale: Locale): string =>
  `${channel} ${headers[locale].method}`

const markWords: readonly (readonly [number, QualityFlag, string])[] = [
  [flag.suspect, 'suspect', 'suspect'],
  [flag.clockDeviated, 'clock-deviated', 'ceas abătut'],
  [flag.powerDown, 'power-down', 'întrerupere'],
  [flag.meterError, 'meter-error', 'eroare contor'],
  [flag.late, 'late', 'târziu'],
]

/** The marks of a quality byte as words, joined with a plus sign; nothing for none. */
export function marksText(byte: number, locale: Locale): string {
  return markWords
    .filter(([bit]) => (byte & bit) !== 0)
    .map(([, english, romanian]) => (locale === 'ro' ? romanian : english))
    .join(' + ')
}

/** The bits that the words of a cell name, or undefined when one is no mark. */
export function readMarks(text: string): number | undefined {
  let bits = 0
  for (const word of text.split(/[+,|]/).map(fold)) {
    if (word === '') continue
    const found = markWords.find(([, ...names]) => names.some((name) => fold(name) === word))
    if (!found) return undefined
    bits |= found[0]
  }
  return bits
}

const states = ['missing', 'measured', 'estimated', 'edited', 'mixed'] as const
type StateWord = (typeof states)[number]
const romanian: Readonly<Record<StateWord, string>> = {
  missing: 'lipsă',
  measured: 'măsurat',
  estimated: 'estimat',
  edited: 'corectat',
  mixed: 'amestecat',
}

export function stateWord(state: ReturnType<typeof stateOf> | 'mixed', locale: Locale): string {
  return locale === 'ro' ? romanian[state] : state
}

/** The state that a word of a file names, or undefined. An empty cell is 'measured'. */
export function readState(text: string): StateWord | undefined {
  const plain = fold(text)
  if (plain === '') return 'measured'
  return states.find((state) => state === plain || fold(romanian[state]) === plain)
}

/** Lower case, without diacritics and doubled blanks. */
export function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[\s_]+/g, ' ')
    .trim()
}

const plainNames: Readonly<Record<string, Meaning['kind']>> = {
  pod: 'pod', point: 'pod', 'metering point': 'pod', 'loc de consum': 'pod', 'punct de masurare': 'pod', 'cod pod': 'pod',
  start: 'start', from: 'start', inceput: 'start', 'de la': 'start', timestamp: 'start',
  end: 'end', to: 'end', sfarsit: 'end', 'pana la': 'end',
  offset: 'offset', decalaj: 'offset',
  day: 'day', date: 'day', ziua: 'day', data: 'day', zi: 'day',
  channel: 'channel', canal: 'channel',
  quality: 'quality', calitate: 'quality', stare: 'quality',
  flags: 'flags', marcaje: 'flags',
} // biome-ignore format: a table

const units: Readonly<Record<string, number>> = {
  wh: 1,
  varh: 1,
  kwh: 1_000,
  kvarh: 1_000,
  mwh: 1_000_000,
  mvarh: 1_000_000,
}

/** What a header means; undefined for a header that is not of the template. */
export function meaningOf(header: string): Meaning | undefined {
  const text = fold(header)
  const plain = plainNames[text]
  if (
    plain &&
    plain !== 'energy' &&
    plain !== 'state' &&
    plain !== 'marks' &&
    plain !== 'slot' &&
    plain !== 'clock'
  )
    return { kind: plain }
  const value = /^(?:value|valoare|energy|energie)(?: ?[[(](\w+)[\])])?$/.exec(text)
  if (value) {
    const factor = value[1] === undefined ? 1 : units[value[1]]
    return factor === undefined ? undefined : { kind: 'value', factor }
  }
  const slot = /^[qv]?(\d{1,3})$/.exec(text)
  if (slot && Number(slot[1]) >= 1 && Number(slot[1]) <= 100)
    return { kind: 'slot', slot: Number(slot[1]) - 1 }
  const clock = /^(\d{1,2}):(\d{2})(b?)$/.exec(text)
  if (clock && Number(clock[1]) < 24 && Number(clock[2]) % 15 === 0 && Number(clock[2]) < 60)
    return { kind: 'clock', minute: Number(clock[1]) * 60 + Number(clock[2]), again: clock[3] === 'b' }
  const of = /^(a\+|a-|q[1-4]|r\+|r-) ?(.*)$/.exec(text)
  const channel = of && channels.find((name) => name.toLowerCase() === of[1])
  if (!of || !channel) return undefined
  if (of[2] === '') return { kind: 'energy', channel, factor: 1 }
  const unit = /^[[(](\w+)[\])]$/.exec(of[2])
  if (unit) {
    const factor = units[unit[1]]
    return factor === undefined ? undefined : { kind: 'energy', channel, factor }
  }
  if (['quality', 'calitate', 'stare'].includes(of[2])) return { kind: 'state', channel }
  if (['flags', 'marcaje'].includes(of[2])) return { kind: 'marks', channel }
  return undefined
}
