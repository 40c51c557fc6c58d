// Data sets of a readout or an answer (IEC 62056-21 6.3.14, 6.5): address(value*unit)(value*unit)…

import { defaultIecLimits, type IecFault, type IecLimits } from './parse.ts'
import { obisOf } from './telegram.ts'

export type DataValue = {
  /** As it was sent: leading zeros and signs may mean something. */
  readonly value: string
  readonly unit?: string
}

export type DataSet = {
  /** Empty in answers that leave the address out. */
  readonly address: string
  readonly values: readonly DataValue[]
  /** The address as `A.B.C.D.E.F`, where it is one. */
  readonly obis?: string
  /** Values of earlier billing periods: `.01`, `*01` or `&01`; `&` marks those of a manual reset. */
  readonly historic?: { readonly mark: '.' | '*' | '&'; readonly index: number }
}

/** The historic value that an address names, or none. `*255` means the present value. */
export function historicOf(address: string): DataSet['historic'] {
  const marked = /^[^*&]+([*&])(\d{1,2})$/.exec(address)
  if (marked) return { mark: marked[1] as '*' | '&', index: Number(marked[2]) }
  const dotted = /^(?:\d+-\d+:)?[0-9A-Z]+\.[0-9A-Z]+\.[0-9A-Z]+\.(\d{2})$/.exec(address)
  return dotted ? { mark: '.', index: Number(dotted[1]) } : undefined
}

export function splitValue(text: string): DataValue {
  const star = text.lastIndexOf('*')
  return star < 0 ? { value: text } : { value: text.slice(0, star), unit: text.slice(star + 1) }
}

/** Reads data sets out of the text between STX and `!` or ETX. What is read before a fault is kept. */
export function readDataSets(
  text: string,
  limits: IecLimits = defaultIecLimits,
): { readonly sets: readonly DataSet[]; readonly error?: IecFault } {
  const sets: DataSet[] = []
  let address = ''
  let values: DataValue[] = []
  const close = () => {
    if (values.length === 0 && address === '') return
    const obis = obisOf(address)
    const historic = historicOf(address)
    sets.push({ address, values, ...(obis !== undefined && { obis }), ...(historic && { historic }) })
    address = ''
    values = []
  }
  const stop = (code: IecFault['code'], message: string, offset: number) => ({
    sets,
    error: { code, message, offset },
  })
  for (let at = 0; at < text.length; ) {
    const character = text[at] as string
    if (character === '\r' || character === '\n') at++
    else if (character === '(') {
      const end = text.indexOf(')', at)
      if (end < 0) return stop('malformed', 'a value is not closed by a parenthesis', at)
      values.push(splitValue(text.slice(at + 1, end)))
      if (sets.length + values.length > limits.maxDataSets) {
        return stop('too-large', `more than ${limits.maxDataSets} data sets`, at)
      }
      at = end + 1
    } else if (character === ')') return stop('malformed', 'a parenthesis closes nothing', at)
    else {
      close()
      const rest = /[(\r\n)]/g
      rest.lastIndex = at
      const end = rest.exec(text)?.index ?? text.length
      address = text.slice(at, end)
      at = end
      if (sets.length >= limits.maxDataSets) {
        return stop('too-large', `more than ${limits.maxDataSets} data sets`, at)
      }
    }
  }
  close()
  return { sets }
}

/** Writes data sets, each on a line of its own. */
export function writeDataSets(sets: readonly Pick<DataSet, 'address' | 'values'>[]): string {
  return sets.map(({ address, values }) => `${address}${values.map(writeValue).join('')}\r\n`).join('')
}

export function writeValue({ value, unit }: DataValue): string {
  return unit === undefined ? `(${value})` : `(${value}*${unit})`
}
