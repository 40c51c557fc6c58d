import { type ActionAnswer, data } from '@contor/dlms'
import { type CosemObject, given, refused } from '../cosem.ts'

/** Class 9, Script table: scripts by number (Blue Book 4.5.2). */
export function scriptTableObject(
  obis: string,
  scripts: ReadonlyMap<number, (now: number) => ActionAnswer>,
): CosemObject {
  return {
    classId: 9,
    version: 0,
    obis,
    attributes: 2,
    methods: 1,
    get: (attribute) =>
      attribute === 2
        ? given(data.array(...[...scripts.keys()].map((id) => data.structure(data.u16(id), data.array()))))
        : refused('object-undefined'),
    invoke(method, value, { now }) {
      const script = value?.type === 'long-unsigned' ? scripts.get(value.value) : undefined
      if (method !== 1 || script === undefined) return { result: 'object-undefined' }
      return script(now)
    },
  }
}
