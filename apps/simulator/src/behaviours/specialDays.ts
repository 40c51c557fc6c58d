import {
  type Data,
  data,
  decodeAs,
  decodeData,
  encodeData,
  fromHex,
  specialDaysTable,
  toHex,
} from '@contor/dlms'
import { type CosemObject, given, refused } from '../cosem.ts'

/** The days of the national calendar on fixed dates, as A-XDR in hex. */
export function freshSpecialDays(): string {
  const fixed = [
    [1, 1],
    [1, 2],
    [1, 24],
    [5, 1],
    [6, 1],
    [8, 15],
    [11, 30],
    [12, 1],
    [12, 25],
    [12, 26],
  ] as const
  const entries = fixed.map(([month, day], index) =>
    data.structure(data.u16(index), data.octets(Uint8Array.of(0xff, 0xff, month, day, 0xff)), data.u8(2)),
  )
  return toHex(encodeData(data.array(...entries)))
}

/** Class 11, Special days table (Blue Book 4.5.4); `state` holds the entries as A-XDR in hex. */
export function specialDaysObject(state: () => string, change: (next: string) => void): CosemObject {
  const object = specialDaysTable('0.0.11.0.0.255')
  const write = (entries: Data) => change(toHex(encodeData(entries)))
  const read = () => {
    const parsed = decodeData(fromHex(state()))
    const entries = parsed.kind === 'ok' ? object.entries.decode(parsed.value) : undefined
    return entries?.ok ? [...entries.value] : []
  }
  return {
    classId: 11,
    version: 0,
    obis: '0.0.11.0.0.255',
    attributes: 2,
    methods: 2,
    get: (attribute) =>
      attribute === 2 ? given(object.entries.encode(read())) : refused('object-undefined'),
    set(attribute, value) {
      if (attribute !== 2) return 'read-write-denied'
      if (!object.entries.decode(value).ok) return 'type-unmatched'
      write(value)
      return 'success'
    },
    invoke(method, parameters) {
      const given = parameters ?? data.nul()
      if (method === 1) {
        const entry = decodeAs(object.insert.parameters, given)
        if (!entry.ok) return { result: 'type-unmatched' }
        const others = read().filter(({ index }) => index !== entry.value.index)
        write(object.entries.encode([...others, entry.value]))
        return { result: 'success' }
      }
      if (method === 2) {
        const index = decodeAs(object.delete.parameters, given)
        if (!index.ok) return { result: 'type-unmatched' }
        write(object.entries.encode(read().filter((entry) => entry.index !== index.value)))
        return { result: 'success' }
      }
      return { result: 'object-undefined' }
    },
  }
}
