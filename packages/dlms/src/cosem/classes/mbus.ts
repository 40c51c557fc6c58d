// M-Bus (Blue Book 4.8): classes 25, 72–74, 76, 77.

import { cosemClass, dyn, named, trigger } from '../declare.ts'
import {
  any,
  array,
  dateTime,
  enumeration,
  enumOf,
  logicalName,
  octets,
  structure,
  u8,
  u16,
  u32,
} from '../schema/index.ts'
import { baudRates } from './ports.ts'
import { window } from './shapes.ts'

/** Class 25. */
export const mbusSlavePortSetup = cosemClass({
  id: 25,
  version: 0,
  name: 'M-Bus slave port setup',
  attributes: {
    defaultBaud: baudRates,
    availBaud: baudRates,
    addrState: enumOf({ 0: 'no address assigned yet', 1: 'address assigned' }),
    busAddress: u8,
  },
})

const block = structure({ dataInformationBlock: octets, valueInformationBlock: octets })
const client = {
  mbusPortReference: logicalName,
  captureDefinition: array(block),
  capturePeriod: u32,
  primaryAddress: u8,
  identificationNumber: u32,
  manufacturerId: u16,
  version: u8,
  deviceType: u8,
  accessNumber: dyn(u8),
  status: dyn(u8),
  alarm: dyn(u8),
}
const clientMethods = {
  slaveInstall: u8,
  slaveDeinstall: trigger,
  capture: trigger,
  resetAlarm: trigger,
  synchronizeClock: trigger,
  dataSend: array(structure({ dataInformationBlock: octets, valueInformationBlock: octets, data: any })),
  setEncryptionKey: octets,
  transferKey: octets,
}

/** Class 72, version 0. `capturePeriod` in seconds. */
export const mbusClientV0 = cosemClass({
  id: 72,
  version: 0,
  name: 'M-Bus client',
  attributes: client,
  methods: clientMethods,
  methodsAt: 0x60,
})

/** Class 72, version 1: configuration field and state of the encryption key. */
export const mbusClient = cosemClass({
  id: 72,
  version: 1,
  name: 'M-Bus client',
  attributes: {
    ...client,
    configuration: dyn(u16),
    encryptionKeyStatus: dyn(
      enumOf({
        0: 'no encryption key',
        1: 'encryption key set',
        2: 'encryption key transferred',
        3: 'encryption key set and transferred',
        4: 'encryption key in use',
      }),
    ),
  },
  methods: clientMethods,
  methodsAt: 0x70,
})

/** Class 73. */
export const wirelessModeQChannel = cosemClass({
  id: 73,
  version: 1,
  name: 'Wireless mode Q channel',
  attributes: { addrState: enumeration, deviceAddress: octets, addressMask: octets },
})

/** Class 74. */
export const mbusMasterPortSetup = cosemClass({
  id: 74,
  version: 0,
  name: 'M-Bus master port setup',
  attributes: { commSpeed: baudRates },
})

/** Class 76: the meter as an M-Bus slave that carries DLMS. */
export const dlmsServerMbusPortSetup = cosemClass({
  id: 76,
  version: 0,
  name: 'DLMS server M-Bus port setup',
  attributes: {
    mbusProfileSelection: named('M-Bus_profile_selection', octets),
    mbusPortCommunicationStatus: dyn(enumeration, 'M-Bus_port_communication_status'),
    mbusDataHeaderType: named('M-Bus_data_header_type', enumeration),
    primaryAddress: u8,
    identificationNumber: u32,
    manufacturerId: u16,
    version: u8,
    deviceType: u8,
    maxPduSize: u16,
    listeningWindow: array(window),
  },
})

/** Class 77. */
export const mbusDiagnostic = cosemClass({
  id: 77,
  version: 0,
  name: 'M-Bus diagnostic',
  attributes: {
    receivedSignalStrength: dyn(u8),
    channelId: dyn(u8),
    linkStatus: dyn(enumeration),
    broadcastFramesCounter: dyn(array(structure({ clientId: u8, counter: u32 }))),
    transmissionsCounter: dyn(u32),
    fcsOkFramesCounter: dyn(u32, 'FCS_OK_frames_counter'),
    fcsNokFramesCounter: dyn(u32, 'FCS_NOK_frames_counter'),
    captureTime: dyn(structure({ attribute: u8, timeStamp: dateTime })),
  },
  methods: { reset: trigger },
})
