import { type Data, data, type Obis } from '@contor/dlms'
import { type CosemObject, clockData, given, type Request, refused } from '../cosem.ts'

export interface Demand {
  readonly current: Data
  readonly last: Data
  /** Start of the running period and end of the last one, epoch ms. */
  readonly periodStart: number
}

/** Class 5, Demand register: mean power of the running and the last period (Blue Book 4.3.4). */
export function demandRegisterObject(
  obis: Obis,
  what: { readonly unit: number; readonly periodS: number; readonly demand: (request: Request) => Demand },
): CosemObject {
  return {
    classId: 5,
    version: 0,
    obis,
    attributes: 9,
    methods: 2,
    get(attribute, request) {
      const demand = what.demand(request)
      switch (attribute) {
        case 2:
          return given(demand.current)
        case 3:
          return given(demand.last)
        case 4:
          return given(data.structure(data.i8(0), data.enum(what.unit)))
        case 5:
          return given(data.u8(0))
        case 6:
        case 7:
          return given(clockData(demand.periodStart))
        case 8:
          return given(data.u32(what.periodS))
        case 9:
          return given(data.u16(1))
        default:
          return refused('object-undefined')
      }
    },
  }
}
