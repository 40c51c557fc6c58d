// Short-name referencing: which short name an attribute or a method has (Blue Book 4, columns 'short name';
// Green Book 9.4.6.10: attributes lie 8 apart from the base name, the methods of a class begin at an offset).

import { type Data, data } from '../axdr/data.ts'
import { type Obis, obisFromBytes, obisToBytes } from '../cosem/obis.ts'
import type { AttributeDescriptor, MethodDescriptor } from '../xdlms/index.ts'

/** One object of an Association SN: its base name (multiple of 8, 0…0xFFF8) and what lies there. */
export type ShortNameObject = {
  readonly baseName: number
  readonly classId: number
  readonly version: number
  readonly obis: Obis
}

/** Base names that every server keeps (Blue Book 4.1.3). */
export const reservedBaseNames = {
  associationSn: 0xfa00,
  broadcastScriptTable: 0xfb00,
  sapAssignment: 0xfc00,
  logicalDeviceName: 0xfd00,
} as const

const associationSnClass = 12
const step = 8
const maxName = 0xffff

/** Offset of the first method from the base name, by class; [from version, offset] where versions differ. */
const methodOffsets: Readonly<Record<number, number | readonly (readonly [number, number])[]>> = {
  3: 0x28,
  4: 0x38,
  5: 0x48,
  6: 0x30,
  7: 0x58,
  8: 0x60,
  9: 0x20,
  10: 0x20,
  11: 0x10,
  12: 0x20,
  17: 0x20,
  18: 0x40,
  20: 0x50,
  40: [
    [0, 0x38],
    [2, 0x68],
  ],
  42: 0x60,
  61: 0x28,
  64: [
    [0, 0x28],
    [1, 0x30],
  ],
  70: 0x20,
  72: [
    [0, 0x60],
    [1, 0x70],
  ],
}

/** Methods that return parameters and are therefore read, not written: class → methods. */
const returning: Readonly<Record<number, readonly number[] | 'all'>> = { 7: [3, 4], 12: 'all' }

export type ShortNameTarget =
  | { readonly kind: 'attribute'; readonly object: ShortNameObject; readonly attribute: number }
  | { readonly kind: 'method'; readonly object: ShortNameObject; readonly method: number }

function methodOffset(classId: number, version: number): number | undefined {
  const offsets = methodOffsets[classId]
  if (offsets === undefined || typeof offsets === 'number') return offsets
  return offsets.reduce<number | undefined>(
    (found, [from, offset]) => (version >= from ? offset : found),
    undefined,
  )
}

/** True when the method answers with data: its invocation is a Read. */
export function methodReturns(classId: number, method: number): boolean {
  const methods = returning[classId]
  return methods === 'all' || (methods?.includes(method) ?? false)
}

/** The objects of one association by name, both ways. */
export class ShortNames {
  readonly objects: readonly ShortNameObject[]
  readonly #byName = new Map<string, ShortNameObject>()
  readonly #sorted: readonly ShortNameObject[]

  constructor(objects: readonly ShortNameObject[]) {
    this.objects = objects
    for (const object of objects) this.#byName.set(`${object.classId}/${object.obis}`, object)
    this.#sorted = [...objects].sort((a, b) => a.baseName - b.baseName)
  }

  /** Out of the value of object_list: array of structure { long, long-unsigned, unsigned, octet-string[6] }. */
  static fromObjectList(list: Data): ShortNames | undefined {
    if (list.type !== 'array') return undefined
    const objects: ShortNameObject[] = []
    for (const element of list.value) {
      if (element.type !== 'structure' || element.value.length < 4) return undefined
      const [base, classId, version, name] = element.value
      // The base name is a 'long' by the book; some meters send it unsigned.
      if (base.type !== 'long' && base.type !== 'long-unsigned') return undefined
      if (classId.type !== 'long-unsigned' || version.type !== 'unsigned') return undefined
      if (name.type !== 'octet-string' || name.value.length !== 6) return undefined
      objects.push({
        baseName: base.value & maxName,
        classId: classId.value,
        version: version.value,
        obis: obisFromBytes(name.value),
      })
    }
    return new ShortNames(objects)
  }

  /** The value of object_list. */
  toObjectList(): Data {
    return data.array(
      ...this.objects.map(({ baseName, classId, version, obis }) =>
        data.structure(
          data.i16((baseName << 16) >> 16),
          data.u16(classId),
          data.u8(version),
          data.octets(obisToBytes(obis)),
        ),
      ),
    )
  }

  /** Short name of an attribute; undefined when the object is not listed. */
  attribute({ classId, obis, attribute }: AttributeDescriptor): number | undefined {
    const object = this.#byName.get(`${classId}/${obis}`)
    if (!object || attribute < 1) return undefined
    return within(object.baseName + (attribute - 1) * step)
  }

  /** Short name of a method; undefined when the object is not listed or its class has no method there. */
  method({ classId, obis, method }: MethodDescriptor): number | undefined {
    const object = this.#byName.get(`${classId}/${obis}`)
    const offset = object && methodOffset(classId, object.version)
    if (!object || offset === undefined || method < 1) return undefined
    return within(object.baseName + offset + (method - 1) * step)
  }

  /** What lies at a short name. */
  resolve(name: number): ShortNameTarget | undefined {
    const object = this.#sorted.findLast((candidate) => candidate.baseName <= name)
    if (!object) return undefined
    const distance = name - object.baseName
    if (distance % step !== 0) return undefined
    const offset = methodOffset(object.classId, object.version)
    return offset !== undefined && distance >= offset
      ? { kind: 'method', object, method: (distance - offset) / step + 1 }
      : { kind: 'attribute', object, attribute: distance / step + 1 }
  }
}

function within(name: number): number | undefined {
  return name <= maxName ? name : undefined
}

/** Short name of Association SN method 8, reply_to_HLS_authentication. */
export const hlsReplyName = reservedBaseNames.associationSn + 0x20 + 7 * step
/** Short name of Association SN attribute 2, object_list. */
export const objectListName = reservedBaseNames.associationSn + step

const associationLnClass = 15
const firstFreeName = 0x0100
const spacing = 0x80
const lastFreeName = 0xf900

/**
 * Gives base names to the objects of a logical-name object list (Association LN, attribute 2). The order of
 * the list decides, so the names stay as long as the list does. Objects beyond the name space are left out.
 */
export function assignShortNames(objectList: Data): ShortNames {
  const current: ShortNameObject = {
    baseName: reservedBaseNames.associationSn,
    classId: associationSnClass,
    version: 4,
    obis: '0.0.40.0.0.255',
  }
  const objects = [current]
  let next = firstFreeName
  for (const element of objectList.type === 'array' ? objectList.value : []) {
    if (element.type !== 'structure') continue
    const [classId, version, name] = element.value
    if (classId?.type !== 'long-unsigned' || version?.type !== 'unsigned') continue
    if (name?.type !== 'octet-string' || name.value.length !== 6) continue
    if (classId.value === associationLnClass || classId.value === associationSnClass) continue
    const obis = obisFromBytes(name.value)
    let baseName = next
    if (obis === '0.0.42.0.0.255') baseName = reservedBaseNames.logicalDeviceName
    else if (classId.value === 17) baseName = reservedBaseNames.sapAssignment
    else next += spacing
    if (baseName > lastFreeName && baseName < reservedBaseNames.associationSn) continue
    objects.push({ baseName, classId: classId.value, version: version.value, obis })
  }
  return new ShortNames(objects)
}
