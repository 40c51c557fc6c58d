// Who may do what at a meter, and the way from a request to its object.
import { type DataResult, data, type Obis, type ServerModel } from '@contor/dlms'
import { type CosemObject, given, refused } from './cosem.ts'

const publicObjects = [
  '0.0.1.0.0.255',
  '0.0.42.0.0.255',
  '0.0.96.1.0.255',
  '0.0.43.1.0.255',
  '0.0.40.0.0.255',
  '0.0.40.0.1.255',
]
const publicClient = 16
const managementClient = 1

export function visibleTo(client: number, objects: CosemObject[]): CosemObject[] {
  return client === publicClient ? objects.filter((object) => publicObjects.includes(object.obis)) : objects
}

/** Access rights: the public client sees who the meter is, the reading client reads, management does all. */
export function modelOf(
  objects: ReadonlyMap<string, CosemObject>,
  clock: (now: number) => number,
  tick: (now: number) => void,
): ServerModel {
  return {
    get(attribute, association, now): DataResult {
      tick(now)
      const object = objects.get(`${attribute.classId} ${attribute.obis}`)
      if (object === undefined) return refused('object-undefined')
      if (visibleTo(association.clientAddress, [object]).length === 0) return refused('read-write-denied')
      if (attribute.attribute === 1) return given(data.octets(obisBytes(object.obis)))
      return object.get(attribute.attribute, { now, meterNow: clock(now), association }, attribute.selection)
    },
    set(attribute, newValue, association, now) {
      const object = objects.get(`${attribute.classId} ${attribute.obis}`)
      if (object === undefined) return 'object-undefined'
      if (association.clientAddress !== managementClient || object.set === undefined)
        return 'read-write-denied'
      return object.set(attribute.attribute, newValue, { now, meterNow: clock(now), association })
    },
    invoke(method, parameters, association, now) {
      const object = objects.get(`${method.classId} ${method.obis}`)
      if (object?.invoke === undefined) return { result: 'object-undefined' }
      if (association.clientAddress !== managementClient) return { result: 'read-write-denied' }
      return object.invoke(method.method, parameters, { now, meterNow: clock(now), association })
    },
  }
}

const obisBytes = (obis: Obis) => Uint8Array.from(obis.split('.').map(Number))
