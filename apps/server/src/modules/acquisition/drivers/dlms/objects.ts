// The objects that the driver reads (Blue Book class and attribute numbers; OBIS codes of IEC 62056-6-1).

import type { AttributeDescriptor, Obis } from '@contor/dlms'
import type { Channel } from '@contor/intervals'

const at = (classId: number, obis: string, attribute: number) =>
  ({ classId, obis: obis as Obis, attribute }) satisfies AttributeDescriptor

export const clockTime = at(8, '0.0.1.0.0.255', 2)
export const logicalDeviceName = at(1, '0.0.42.0.0.255', 2)
export const serialNumber = at(1, '0.0.96.1.0.255', 2)
export const firmwareVersion = at(1, '1.0.0.2.0.255', 2)
export const invocationCounter = at(1, '0.0.43.1.0.255', 2)
export const relayOutput = at(70, '0.0.96.3.10.255', 2)
export const relayControl = at(70, '0.0.96.3.10.255', 3)
export const limiterThreshold = at(71, '0.0.17.0.0.255', 4)

const profile = (obis: string) => ({
  buffer: at(7, obis, 2),
  captureObjects: at(7, obis, 3),
  capturePeriod: at(7, obis, 4),
  entriesInUse: at(7, obis, 7),
})
export const loadProfile = profile('1.0.99.1.0.255')
export const dailyProfile = profile('1.0.98.2.0.255')
export const standardLog = profile('0.0.99.98.0.255')
export const fraudLog = profile('0.0.99.98.1.255')

/** Columns of the load profile that hold energy per interval, by logical name. */
export const channelOf: ReadonlyMap<string, Channel> = new Map([
  ['1.0.1.29.0.255', 'A+'],
  ['1.0.2.29.0.255', 'A-'],
  ['1.0.3.29.0.255', 'R+'],
  ['1.0.4.29.0.255', 'R-'],
])

export const clockObis = '0.0.1.0.0.255'
export const statusObis = '0.0.96.10.1.255'

export const energyRegisters: readonly string[] = [
  ...[0, 1, 2, 3, 4].map((tariff) => `1.0.1.8.${tariff}.255`),
  ...[0, 1, 2, 3, 4].map((tariff) => `1.0.2.8.${tariff}.255`),
  '1.0.3.8.0.255',
  '1.0.4.8.0.255',
]
export const instantaneousRegisters: readonly string[] = [
  '1.0.32.7.0.255',
  '1.0.52.7.0.255',
  '1.0.72.7.0.255',
  '1.0.31.7.0.255',
  '1.0.51.7.0.255',
  '1.0.71.7.0.255',
  '1.0.1.7.0.255',
  '1.0.2.7.0.255',
  '1.0.14.7.0.255',
]
/** scaler_unit and value of a register, class 3. */
export const registerValue = (obis: string) => at(3, obis, 2)
export const registerScalerUnit = (obis: string) => at(3, obis, 3)
