// A meter whose clocks state the deviation with the wrong sign (UTC = local − deviation), in what it tells and in
// what it takes: the objects behind know nothing of it.

import type { Data, SelectiveAccess, ServerModel } from '@contor/dlms'

const unspecified = -0x8000

/** The same objects, with the deviation of every date-time the other way round. */
export function invertedDeviation(model: ServerModel): ServerModel {
  return {
    get({ selection, ...attribute }, association, now) {
      const asked = selection ? { ...attribute, selection: turnedSelection(selection) } : attribute
      const result = model.get(asked, association, now)
      return result.ok ? { ...result, data: turned(result.data) } : result
    },
    set: (attribute, value, association, now) => model.set(attribute, turned(value), association, now),
    invoke(method, value, association, now) {
      const answer = model.invoke(method, value && turned(value), association, now)
      return answer.data ? { ...answer, data: turned(answer.data) } : answer
    },
  }
}

function turnedSelection(selection: SelectiveAccess): SelectiveAccess {
  if (selection.kind !== 'by-range') return selection
  return { ...selection, from: turned(selection.from), to: turned(selection.to) }
}

function turned(value: Data): Data {
  if (value.type === 'array' || value.type === 'structure')
    return { ...value, value: value.value.map(turned) }
  if (value.type !== 'octet-string' && value.type !== 'date-time') return value
  const { length } = value.value
  // Twelve octets that begin with a year of this century, or with none, are a date-time.
  if (length !== 12 || (value.value[0] !== 7 && value.value[0] !== 0xff)) return value
  const bytes = Uint8Array.from(value.value)
  const view = new DataView(bytes.buffer)
  const deviation = view.getInt16(9)
  if (deviation !== unspecified) view.setInt16(9, -deviation)
  return { ...value, value: bytes }
}
