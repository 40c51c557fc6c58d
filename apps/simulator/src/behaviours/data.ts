import type { Data, Obis } from '@contor/dlms'
import { type CosemObject, given, type Request, refused } from '../cosem.ts'

/** Class 1, Data: one value that the meter knows (Blue Book 4.3.1). */
export function dataObject(obis: Obis, value: (request: Request) => Data): CosemObject {
  return {
    classId: 1,
    version: 0,
    obis,
    attributes: 2,
    methods: 0,
    get: (attribute, request) => (attribute === 2 ? given(value(request)) : refused('object-undefined')),
  }
}
