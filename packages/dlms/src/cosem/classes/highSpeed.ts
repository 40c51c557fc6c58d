// High-speed power line of ISO/IEC 12139-1 (Blue Book 4.14): classes 140–143. From one transcription of the tables of
// edition 16 alone.

import { cosemClass, named } from '../declare.ts'
import { bool, enumeration, octets, u16, u64 } from '../schema/index.ts'

/** Class 140. The key is secret. */
export const hsPlcMacSetup = cosemClass({
  id: 140,
  version: 0,
  name: 'HS-PLC ISO/IEC 12139-1 MAC setup',
  attributes: {
    groupId: u64,
    secondaryGroupId: u64,
    stationId: u64,
    parentStationId: u64,
    repeaterStatus: bool,
    encryptionMode: enumeration,
    initialEncryptionKey: octets,
    rtsCts: named('rts/cts', bool),
  },
})

/** Class 141. */
export const hsPlcCpasSetup = cosemClass({
  id: 141,
  version: 0,
  name: 'HS-PLC ISO/IEC 12139-1 CPAS setup',
  attributes: { cpasAddress: u64, cpasEtherType: u16, masterStationCpasAddress: u64 },
})

/** Class 142. Time in seconds; 0: for ever. */
export const hsPlcIpSsasSetup = cosemClass({
  id: 142,
  version: 0,
  name: 'HS-PLC ISO/IEC 12139-1 IP SSAS setup',
  attributes: { ipHeaderCompType: enumeration, ipAliveTime: u16 },
})

/** Class 143. */
export const hsPlcHdlcSsasSetup = cosemClass({
  id: 143,
  version: 0,
  name: 'HS-PLC ISO/IEC 12139-1 HDLC SSAS setup',
  attributes: { masterStationId: u64 },
})
