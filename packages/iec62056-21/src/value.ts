// What stands between the parentheses of a data set (IEC 62056-21 6.5).

export type Reading = {
  readonly value: number | string
  /** Value in the base unit (W, Wh, var, varh, V, A), with that unit. */
  readonly scaled?: number
  readonly unit?: string
  readonly text?: string
}

const units: Readonly<Record<string, readonly [factor: number, unit: string]>> = {
  w: [1, 'W'],
  kw: [1000, 'W'],
  mw: [1e6, 'W'],
  wh: [1, 'Wh'],
  kwh: [1000, 'Wh'],
  mwh: [1e6, 'Wh'],
  var: [1, 'var'],
  kvar: [1000, 'var'],
  varh: [1, 'varh'],
  kvarh: [1000, 'varh'],
  va: [1, 'VA'],
  kva: [1000, 'VA'],
  vah: [1, 'VAh'],
  kvah: [1000, 'VAh'],
  v: [1, 'V'],
  a: [1, 'A'],
  hz: [1, 'Hz'],
  s: [1, 's'],
}

/** Reads `0001798.478*kWh`, `101209113020W`, `4B384547…`, `R` or nothing. */
export function readValue(text: string, language: 'ro' | 'en'): Reading {
  const star = text.indexOf('*')
  const body = star < 0 ? text : text.slice(0, star)
  const unitText = star < 0 ? undefined : text.slice(star + 1)
  if (unitText !== undefined && /^[-+]?\d+(\.\d+)?$/.test(body)) return withUnit(Number(body), unitText)
  const time = timeText(body, language)
  if (time !== undefined) return { value: body, text: time }
  const ascii = hexText(body)
  if (ascii !== undefined) return { value: body, text: `"${ascii}"` }
  // Leading zeros of a number without unit may be part of a serial number: both forms are kept.
  if (/^[-+]?\d{1,15}(\.\d+)?$/.test(body)) {
    const number = Number(body)
    return String(number) === body ? { value: number } : { value: body, scaled: number }
  }
  return { value: text }
}

function withUnit(value: number, unitText: string): Reading {
  // `m` is also metre and milli: only the spellings of meters are taken, without regard to case.
  const known = units[unitText.toLowerCase()]
  if (!known) return { value, scaled: value, unit: unitText, text: `${value} ${unitText}` }
  const scaled = Number((value * known[0]).toPrecision(15))
  return { value, scaled, unit: known[1], text: `${value} ${unitText}` }
}

/** YYMMDDhhmmss with S (summer) or W (winter), DSMR 5.0.2 6.4. */
function timeText(text: string, language: 'ro' | 'en'): string | undefined {
  const match = /^(\d\d)(0[1-9]|1[0-2])([0-2]\d|3[01])([01]\d|2[0-4])([0-5]\d)([0-5]\d)([SW])$/.exec(text)
  if (!match) return undefined
  const [, year, month, day, hour, minute, second, season] = match
  const names =
    language === 'ro' ? { S: 'oră de vară', W: 'oră de iarnă' } : { S: 'daylight saving', W: 'standard time' }
  return `20${year}-${month}-${day} ${hour}:${minute}:${second}, ${names[season as 'S' | 'W']}`
}

/** Identifications travel as hexadecimal of their characters. */
function hexText(text: string): string | undefined {
  if (text.length < 8 || text.length % 2 || !/^[0-9A-F]+$/i.test(text)) return undefined
  let ascii = ''
  for (let i = 0; i < text.length; i += 2) {
    const octet = Number.parseInt(text.slice(i, i + 2), 16)
    if (octet < 0x20 || octet > 0x7e) return undefined
    ascii += String.fromCharCode(octet)
  }
  return ascii
}
