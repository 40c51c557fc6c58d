import { data } from '@contor/dlms'
import { type CosemObject, given, refused } from '../cosem.ts'

/** Class 11, Special days table (Blue Book 4.5.4); the days of the national calendar on fixed dates. */
export function specialDaysObject(): CosemObject {
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
  return {
    classId: 11,
    version: 0,
    obis: '0.0.11.0.0.255',
    attributes: 2,
    methods: 2,
    get: (attribute) =>
      attribute === 2
        ? given(
            data.array(
              ...fixed.map(([month, day], index) =>
                data.structure(
                  data.u16(index),
                  data.octets(Uint8Array.of(0xff, 0xff, month, day, 0xff)),
                  data.u8(2),
                ),
              ),
            ),
          )
        : refused('object-undefined'),
  }
}
