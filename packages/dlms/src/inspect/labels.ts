// Names and units as the inspector shows them.

import { obisName } from '../cosem/names/index.ts'
import type { Language } from './texts.ts'

export { unitSymbol } from '../cosem/units.ts'

const known = new Map<string, string | undefined>()
const mostKnown = 5000

/** Name of an object; undefined when there is none but its logical name. */
export function objectName(obis: string, language: Language): string | undefined {
  const key = `${language}${obis}`
  if (known.has(key)) return known.get(key)
  const name = obisName(obis, language)
  const found = name === obis || name === '' ? undefined : name
  // Logical names come out of messages, so the memory is bounded.
  if (known.size >= mostKnown) known.clear()
  known.set(key, found)
  return found
}
