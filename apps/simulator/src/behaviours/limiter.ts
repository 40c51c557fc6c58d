import { data, numberOf, obisToBytes } from '@contor/dlms'
import { type CosemObject, given, type Request, refused } from '../cosem.ts'

/** Class 71, Limiter: opens the relay above a threshold of active power, W (Blue Book 4.5.9). */
export function limiterObject(
  threshold: {
    get(): number
    set(watt: number): void
    /** min_over_threshold_duration and min_under_threshold_duration, s. */
    durations(): readonly [number, number]
    setDuration(which: 'over' | 'under', seconds: number): void
  },
  power: (request: Request) => number,
): CosemObject {
  const script = (id: number) => data.structure(data.octets(obisToBytes('0.0.10.0.106.255')), data.u16(id))
  return {
    classId: 71,
    version: 0,
    obis: '0.0.17.0.0.255',
    attributes: 11,
    methods: 0,
    get(attribute, request) {
      switch (attribute) {
        case 2:
          return given(data.structure(data.u16(3), data.octets(obisToBytes('1.0.1.7.0.255')), data.i8(2)))
        case 3:
        case 4:
          return given(data.u32(threshold.get()))
        case 5:
          return given(data.u32(Math.round(threshold.get() * 0.5)))
        case 6:
          return given(data.u32(threshold.durations()[0]))
        case 7:
          return given(data.u32(threshold.durations()[1]))
        case 8:
          return given(data.structure(data.u16(0), data.octets(new Uint8Array(12).fill(0xff)), data.u32(0)))
        case 9:
          return given(data.array())
        case 10:
          return given(data.bool(power(request) > threshold.get()))
        case 11:
          return given(data.structure(script(1), script(2)))
        default:
          return refused('object-undefined')
      }
    },
    set(attribute, value) {
      if (attribute !== 3 && attribute !== 4 && attribute !== 6 && attribute !== 7) return 'read-write-denied'
      const watt = numberOf(value)
      if (watt === undefined || watt < 0) return 'type-unmatched'
      if (attribute > 4) {
        threshold.setDuration(attribute === 6 ? 'over' : 'under', watt)
        return 'success'
      }
      threshold.set(watt)
      return 'success'
    },
  }
}
