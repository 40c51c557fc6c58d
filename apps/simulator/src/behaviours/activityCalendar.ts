import { data } from '@contor/dlms'
import { type CosemObject, given, refused } from '../cosem.ts'

const time = (hour: number) => data.octets(Uint8Array.of(hour, 0, 0, 0))
const switchAt = (hour: number, tariff: number) =>
  data.structure(time(hour), data.octets(Uint8Array.of(0, 0, 10, 0, 100, 255)), data.u16(tariff))

/** Class 20, Activity calendar: the zones that the tariff registers follow (Blue Book 4.5.5). */
export function activityCalendarObject(): CosemObject {
  const name = data.octets(new TextEncoder().encode('VM-2026'))
  const season = data.structure(
    name,
    data.octets(Uint8Array.of(0xff, 0xff, 1, 1, 0xff, 0, 0, 0, 0, 0x80, 0, 0xff)),
    name,
  )
  const week = data.structure(name, ...[1, 1, 1, 1, 1, 2, 2].map((day) => data.u8(day)))
  const working = [
    switchAt(0, 3),
    switchAt(7, 1),
    switchAt(10, 2),
    switchAt(17, 1),
    switchAt(21, 2),
    switchAt(23, 3),
  ]
  const weekend = [switchAt(0, 3), switchAt(7, 4), switchAt(23, 3)]
  const days = [working, weekend].map((actions, index) =>
    data.structure(data.u8(index + 1), data.array(...actions)),
  )
  const attributes = [name, data.array(season), data.array(week), data.array(...days)]
  return {
    classId: 20,
    version: 0,
    obis: '0.0.13.0.0.255',
    attributes: 10,
    methods: 1,
    get(attribute) {
      if (attribute === 10) return given(clockNever())
      const index = attribute < 6 ? attribute - 2 : attribute - 6
      return attributes[index] === undefined ? refused('object-undefined') : given(attributes[index])
    },
  }
}

/** A passive calendar that is not due. */
const clockNever = () =>
  data.octets(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x80, 0, 0xff))
