// Names and units as the inspector shows them.

import type { Language } from './texts.ts'

export function objectName(_obis: string, _language: Language): string | undefined {
  return undefined
}

const symbols: Readonly<Record<number, string>> = {
  27: 'W',
  28: 'VA',
  29: 'var',
  30: 'Wh',
  31: 'VAh',
  32: 'varh',
  33: 'A',
  35: 'V',
  44: 'Hz',
  255: '',
}

export function unitSymbol(code: number): string | undefined {
  return symbols[code]
}
