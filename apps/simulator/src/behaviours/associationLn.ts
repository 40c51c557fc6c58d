import { type ActiveAssociation, conformanceToBits, data, hlsMechanisms, obisToBytes } from '@contor/dlms'
import { type CosemObject, given, refused } from '../cosem.ts'

const readOnly = 1
const readWrite = 3

/** Class 15, Association LN: the object list, with access rights (Blue Book 4.4.4). */
export function associationLnObject(
  obis: string,
  maxPduSize: number,
  objects: (clientAddress: number) => readonly CosemObject[],
): CosemObject {
  return {
    classId: 15,
    version: 1,
    obis,
    attributes: 9,
    methods: 4,
    get(attribute, { association }) {
      switch (attribute) {
        case 2:
          return given(data.array(...objects(association.clientAddress).map(element)))
        case 3:
          return given(data.structure(data.i8(association.clientAddress), data.u16(1)))
        case 4:
          return given(
            data.octets(Uint8Array.of(0x60, 0x85, 0x74, 5, 8, 1, association.mechanism === 'gmac' ? 3 : 1)),
          )
        case 5:
          return given(contextInfo(association, maxPduSize))
        case 6: {
          const mechanism = { none: 0, low: 1, ...hlsMechanisms }[association.mechanism]
          return given(data.octets(Uint8Array.of(0x60, 0x85, 0x74, 5, 8, 2, mechanism)))
        }
        case 7:
          return refused('read-write-denied')
        case 8:
          return given(data.enum(2))
        case 9:
          return given(data.octets(obisToBytes('0.0.43.0.0.255')))
        default:
          return refused('object-undefined')
      }
    },
  }
}

/** xDLMS_context_type: what was granted, both PDU sizes, version 6, no quality of service, no dedicated key. */
function contextInfo(association: ActiveAssociation, maxPduSize: number) {
  const granted = conformanceToBits(association.conformance)
  return data.structure(
    data.bits(granted.toString(2).padStart(24, '0')),
    data.u16(maxPduSize),
    data.u16(association.clientMaxPduSize),
    data.u8(6),
    data.i8(0),
    data.octets(new Uint8Array(0)),
  )
}

function element(object: CosemObject) {
  const attributes = Array.from({ length: object.attributes }, (_, index) =>
    data.structure(
      data.i8(index + 1),
      data.enum(object.set !== undefined && index > 0 ? readWrite : readOnly),
      data.nul(),
    ),
  )
  const methods = Array.from({ length: object.methods }, (_, index) =>
    data.structure(data.i8(index + 1), data.enum(object.invoke === undefined ? 0 : 1)),
  )
  return data.structure(
    data.u16(object.classId),
    data.u8(object.version),
    data.octets(obisToBytes(object.obis)),
    data.structure(data.array(...attributes), data.array(...methods)),
  )
}
