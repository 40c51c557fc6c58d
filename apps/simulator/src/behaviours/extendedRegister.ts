import { type Data, data, type Obis } from '@contor/dlms'
import { type CosemObject, clockData, given, type Request, refused } from '../cosem.ts'

/** Class 4, Extended register: a value, its status and when it was captured (Blue Book 4.3.3). */
export function extendedRegisterObject(
  obis: Obis,
  what: {
    readonly scaler: number
    readonly unit: number
    readonly value: (request: Request) => { readonly value: Data; readonly capturedAt: number }
  },
): CosemObject {
  return {
    classId: 4,
    version: 0,
    obis,
    attributes: 5,
    methods: 1,
    get(attribute, request) {
      if (attribute === 2) return given(what.value(request).value)
      if (attribute === 3) return given(data.structure(data.i8(what.scaler), data.enum(what.unit)))
      if (attribute === 4) return given(data.u8(0))
      if (attribute === 5) return given(clockData(what.value(request).capturedAt))
      return refused('object-undefined')
    },
  }
}
