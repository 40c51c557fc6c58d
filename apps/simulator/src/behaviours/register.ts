import { type Data, data, type Obis } from '@contor/dlms'
import { type CosemObject, given, type Request, refused } from '../cosem.ts'

/** Units of the Blue Book's enumeration (4.3.2.2) that the neighbourhood's meters use. */
export const unit = { watt: 27, wattHour: 30, varHour: 32, ampere: 33, volt: 35, hertz: 44 } as const

/** Class 3, Register: a value with scaler and unit (Blue Book 4.3.2). */
export function registerObject(
  obis: Obis,
  what: { readonly scaler: number; readonly unit: number; readonly value: (request: Request) => Data },
): CosemObject {
  return {
    classId: 3,
    version: 0,
    obis,
    attributes: 3,
    methods: 1,
    get(attribute, request) {
      if (attribute === 2) return given(what.value(request))
      if (attribute === 3) return given(data.structure(data.i8(what.scaler), data.enum(what.unit)))
      return refused('object-undefined')
    },
  }
}
