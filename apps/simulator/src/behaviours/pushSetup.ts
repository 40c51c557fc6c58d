import { type AttributeDescriptor, data, obisToBytes } from '@contor/dlms'
import { type CosemObject, given, refused } from '../cosem.ts'

/** Host and port of a destination as text; undefined when it is none. */
export function destinationOf(text: string): { host: string; port: number } | undefined {
  const [, host, digits] = /^([^\s:]{1,253}):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  return host !== undefined && port >= 1 && port <= 65_535 ? { host, port } : undefined
}

/** Class 40, Push setup, version 0 (Blue Book 4.4.8). */
export function pushSetupObject(options: {
  readonly obis: string
  readonly objects: readonly AttributeDescriptor[]
  /** Host and port; empty: nowhere. */
  readonly destination: () => string
  /** Absent: the destination is not written. */
  readonly aim?: (destination: string) => void
  readonly push: (now: number) => void
}): CosemObject {
  return {
    classId: 40,
    version: 0,
    obis: options.obis,
    attributes: 7,
    methods: 1,
    get(attribute) {
      switch (attribute) {
        case 2:
          return given(
            data.array(
              ...options.objects.map((one) =>
                data.structure(
                  data.u16(one.classId),
                  data.octets(obisToBytes(one.obis)),
                  data.i8(one.attribute),
                  data.u16(0),
                ),
              ),
            ),
          )
        case 3:
          // transport_service 0 TCP, message_type 0 A-XDR encoded xDLMS APDU
          return given(
            data.structure(
              data.enum(0),
              data.octets(new TextEncoder().encode(options.destination())),
              data.enum(0),
            ),
          )
        case 4:
          return given(data.array())
        case 5:
          return given(data.u16(0))
        case 6:
          return given(data.u8(0))
        case 7:
          return given(data.u16(0))
        default:
          return refused('object-undefined')
      }
    },
    set(attribute, value) {
      if (attribute !== 3 || options.aim === undefined) return 'read-write-denied'
      const [service, where, message] = value.type === 'structure' ? value.value : []
      if (service?.type !== 'enum' || where?.type !== 'octet-string' || message?.type !== 'enum')
        return 'type-unmatched'
      const text = new TextDecoder().decode(where.value)
      // Only the service that this meter has: TCP, xDLMS APDUs.
      if (service.value !== 0 || message.value !== 0 || (text !== '' && destinationOf(text) === undefined))
        return 'object-unavailable'
      options.aim(text)
      return 'success'
    },
    invoke(method, _value, { now }) {
      if (method !== 1) return { result: 'object-undefined' }
      options.push(now)
      return { result: 'success' }
    },
  }
}
