import { data } from '@contor/dlms'
import { offsetMinutes } from '@contor/intervals'
import { type CosemObject, clockBytes, clockData, given, instantOf, refused } from '../cosem.ts'

/** Class 8, Clock: local time with deviation; may be set (Blue Book 4.5.1). */
export function clockObject(adjust: (meterAt: number, now: number) => void): CosemObject {
  return {
    classId: 8,
    version: 0,
    obis: '0.0.1.0.0.255',
    attributes: 9,
    methods: 6,
    get(attribute, { meterNow }) {
      const summer = offsetMinutes(meterNow) === 180
      switch (attribute) {
        case 2:
          return given(clockData(meterNow))
        case 3:
          return given(data.i16(-120))
        case 4:
          return given(data.u8(summer ? 0x80 : 0))
        case 5:
        case 6:
          return given(data.octets(changeover(attribute === 5 ? 3 : 10)))
        case 7:
          return given(data.i8(60))
        case 8:
          return given(data.bool(true))
        case 9:
          return given(data.enum(1))
        default:
          return refused('object-undefined')
      }
    },
    set(attribute, value, { now }) {
      if (attribute !== 2) return 'read-write-denied'
      const at = instantOf(value)
      if (at === undefined) return 'type-unmatched'
      adjust(at, now)
      return 'success'
    },
  }
}

/** The rule, not a date: last Sunday of the month, 03:00 or 04:00 local (Blue Book 4.1.6.1: 0xFE, 0x07). */
function changeover(month: number): Uint8Array {
  const bytes = clockBytes(0)
  bytes.set([0xff, 0xff, month, 0xfe, 7, month === 3 ? 3 : 4, 0, 0, 0, 0x80, 0, 0xff])
  return bytes
}
