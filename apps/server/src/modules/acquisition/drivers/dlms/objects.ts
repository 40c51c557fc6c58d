// The objects that the driver reads, out of the meter model; what a model does not name is where the standard
// puts it (Blue Book class and attribute numbers; OBIS codes of IEC 62056-6-1).

import type { AttributeDescriptor, MeterModel, Obis } from '@contor/dlms'
import type { Channel } from '@contor/intervals'
import type { Deviation } from './values.ts'

const at = (classId: number, obis: string, attribute: number) =>
  ({ classId, obis: obis as Obis, attribute }) satisfies AttributeDescriptor

const profileAt = (obis: string) => ({ buffer: at(7, obis, 2), captureObjects: at(7, obis, 3) })
export type ProfileObject = ReturnType<typeof profileAt> & {
  /** Columns by the model, for a meter that does not tell its own. */
  readonly columns: readonly Column[] | undefined
  /** Seconds between rows; 0: captured by events. */
  readonly periodS: number
}
type Column = {
  readonly classId: number
  readonly obis: string
  readonly attribute: number
  readonly index: number
}

/** A register with the attribute that holds its value, and scaler and unit where the model knows them. */
export type RegisterObject = {
  readonly obis: string
  readonly value: AttributeDescriptor
  readonly scalerUnit: AttributeDescriptor
}

/** Class 71 (Blue Book): the attributes that are read and written. */
export type LimiterObjects = {
  readonly monitoredValue: AttributeDescriptor
  readonly threshold: AttributeDescriptor
  readonly overS: AttributeDescriptor
  readonly underS: AttributeDescriptor
  readonly actions: AttributeDescriptor
}

export type DriverObjects = {
  readonly clockTime: AttributeDescriptor
  readonly logicalDeviceName: AttributeDescriptor
  readonly serialNumber: AttributeDescriptor
  readonly firmwareVersion: AttributeDescriptor
  readonly relayOutput: AttributeDescriptor
  readonly relayControl: AttributeDescriptor
  readonly relayMode: AttributeDescriptor
  readonly limiter: LimiterObjects
  /** Push setup of events, class 40. */
  readonly eventPush: { readonly objects: AttributeDescriptor; readonly destination: AttributeDescriptor }
  readonly loadProfile: ProfileObject
  readonly dailyProfile: ProfileObject
  readonly standardLog: ProfileObject
  readonly fraudLog: ProfileObject
  readonly relayLog: ProfileObject
  /** Columns of the load profile that hold energy per interval, by logical name. */
  readonly channelOf: ReadonlyMap<string, Channel>
  readonly clockObis: Obis
  readonly deviation: Deviation
  /** How the meter takes the selection of rows; 'ignored' gives the whole profile all the same. */
  readonly selectiveAccess: 'honoured' | 'ignored' | 'refused'
  readonly energyRegisters: readonly RegisterObject[]
  readonly instantaneousRegisters: readonly RegisterObject[]
}

/** Push setup "on alarm" (IEC 62056-6-1: 0-b:25.9.0.255; IDIS Package 2 has it at b = 4). */
const eventPush = '0.4.25.9.0.255'
/** Status of the load profile's rows. */
export const statusObis = '0.0.96.10.1.255'
/** Codes of the events in their logs. */
export const eventCodePrefix = '0.0.96.11.'

const channels: readonly string[] = ['A+', 'A-', 'R+', 'R-'] satisfies Channel[]
const isChannel = (name: string): name is Channel => channels.includes(name)
/** D of the value group: 7 instantaneous, 8 time integral. */
const quantityOf = (obis: string) => obis.split('.')[3]

/** What the driver asks of a meter of this model. */
export function objectsOf(model: MeterModel): DriverObjects {
  const { identity, clock, objects = {} } = model
  const clockObis = (clock?.obis ?? '0.0.1.0.0.255') as Obis
  const relay = objects.relay?.obis ?? '0.0.96.3.10.255'
  const limiter = objects.limiter?.obis ?? '0.0.17.0.0.255'
  const profile = (purpose: string, standard: string, periodS: number): ProfileObject => {
    const found = model.profiles?.find(
      (one) => one.purpose === purpose || (one.purpose === 'other' && one.obis === standard),
    )
    return {
      ...profileAt(found?.obis ?? standard),
      columns: found?.columns.map(columnOf),
      periodS: found?.periodS ?? periodS,
    }
  }
  const load = model.profiles?.find((one) => one.purpose === 'load')
  const registers = (quantity: string) =>
    (model.registers ?? [])
      .filter(({ obis, classId }) => classId === 3 && obis.startsWith('1.') && quantityOf(obis) === quantity)
      .map(({ obis, classId, attribute }) => ({
        obis,
        value: at(classId, obis, attribute ?? 2),
        scalerUnit: at(classId, obis, 3),
      }))
  return {
    clockTime: at(8, clockObis, 2),
    logicalDeviceName: at(1, identity?.logicalDeviceName ?? '0.0.42.0.0.255', 2),
    serialNumber: at(1, identity?.serial ?? '0.0.96.1.0.255', 2),
    firmwareVersion: at(1, identity?.firmware?.[0] ?? '1.0.0.2.0.255', 2),
    relayOutput: at(70, relay, 2),
    relayControl: at(70, relay, 3),
    relayMode: at(70, relay, 4),
    limiter: {
      monitoredValue: at(71, limiter, 2),
      threshold: at(71, limiter, 4),
      overS: at(71, limiter, 6),
      underS: at(71, limiter, 7),
      actions: at(71, limiter, 11),
    },
    eventPush: { objects: at(40, eventPush, 2), destination: at(40, eventPush, 3) },
    loadProfile: profile('load', '1.0.99.1.0.255', 900),
    dailyProfile: profile('daily', '1.0.98.2.0.255', 86_400),
    standardLog: profile('events', '0.0.99.98.0.255', 0),
    fraudLog: profile('fraud', '0.0.99.98.1.255', 0),
    relayLog: profile('relay', '0.0.99.98.2.255', 0),
    channelOf: new Map(
      (load?.columns ?? []).flatMap(({ obis, channel }) =>
        channel !== undefined && isChannel(channel) ? [[obis, channel] as const] : [],
      ),
    ),
    clockObis,
    deviation: clock?.deviation ?? 'standard',
    selectiveAccess: selectiveAccessOf(model),
    energyRegisters: registers('8'),
    instantaneousRegisters: registers('7'),
  }
}

function selectiveAccessOf({ quirks = [] }: MeterModel): DriverObjects['selectiveAccess'] {
  if (quirks.includes('no-selective-access')) return 'refused'
  return quirks.includes('ignores-selective-access') ? 'ignored' : 'honoured'
}

type ModelColumn = NonNullable<MeterModel['profiles']>[number]['columns'][number]
const columnOf = ({ classId, obis, attribute, dataIndex }: ModelColumn): Column => ({
  classId,
  obis,
  attribute,
  index: dataIndex ?? 0,
})
