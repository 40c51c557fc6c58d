// Power line carrier: S-FSK (Blue Book 4.10), LLC layers (4.11), PRIME (4.12): classes 50–53, 55–59, 80–86.

import { cosemClass, dyn, named, trigger } from '../declare.ts'
import {
  array,
  bool,
  enumeration,
  enumOf,
  i8,
  i16,
  octets,
  structure,
  u8,
  u16,
  u32,
} from '../schema/index.ts'

/** Class 50, version 1. Gains in steps of the book; frequencies in Hz. */
export const sFskPhyMacSetup = cosemClass({
  id: 50,
  version: 1,
  name: 'S-FSK Phy&MAC setup',
  attributes: {
    initiatorElectricalPhase: enumeration,
    deltaElectricalPhase: dyn(enumeration),
    maxReceivingGain: u8,
    maxTransmittingGain: u8,
    searchInitiatorThreshold: u8,
    frequencies: structure({ mark: u32, space: u32 }),
    macAddress: named('MAC_address', u16),
    macGroupAddresses: named('MAC_group_addresses', array(u16)),
    repeater: enumOf({ 0: 'never repeater', 1: 'always repeater', 2: 'dynamic repeater' }),
    repeaterStatus: dyn(bool),
    minDeltaCredit: dyn(u8),
    initiatorMacAddress: dyn(u16, 'initiator_MAC_address'),
    synchronizationLocked: dyn(bool),
    transmissionSpeed: dyn(enumeration),
  },
})

/** Class 51. */
export const sFskActiveInitiator = cosemClass({
  id: 51,
  version: 0,
  name: 'S-FSK Active initiator',
  attributes: {
    activeInitiator: dyn(structure({ systemTitle: octets, macAddress: u16, lSapSelector: u8 })),
  },
})

/** Class 52. Seconds. */
export const sFskMacSynchronizationTimeouts = cosemClass({
  id: 52,
  version: 0,
  name: 'S-FSK MAC synchronization timeouts',
  attributes: {
    searchInitiatorTimeout: u16,
    synchronizationConfirmationTimeout: u16,
    timeOutNotAddressed: u16,
    timeOutFrameNotOk: named('time_out_frame_not_OK', u16),
  },
})

/** Class 53. */
export const sFskMacCounters = cosemClass({
  id: 53,
  version: 0,
  name: 'S-FSK MAC counters',
  attributes: {
    synchronizationRegister: dyn(array(structure({ macAddress: u16, synchronizations: u32 }))),
    desynchronizationListing: dyn(
      structure({
        physicalLayer: u32,
        timeOutNotAddressed: u32,
        timeOutFrameNotOk: u32,
        writeRequest: u32,
        wrongInitiator: u32,
      }),
    ),
    broadcastFramesCounter: dyn(array(structure({ sourceMacAddress: u16, counter: u32 }))),
    repetitionsCounter: dyn(u32),
    transmissionsCounter: dyn(u32),
    crcOkFramesCounter: dyn(u32, 'CRC_OK_frames_counter'),
    crcNokFramesCounter: dyn(u32, 'CRC_NOK_frames_counter'),
  },
  methods: { reset: trigger },
})

/** Class 55, version 1. */
export const iec61334LlcSetup = cosemClass({
  id: 55,
  version: 1,
  name: 'IEC 61334-4-32 LLC setup',
  attributes: {
    maxFrameLength: u8,
    replyStatusList: dyn(array(structure({ lSapSelector: u8, lengthOfWaitingLSdu: u8 }))),
  },
})

/** Class 56. */
export const sFskReportingSystemList = cosemClass({
  id: 56,
  version: 0,
  name: 'S-FSK Reporting system list',
  attributes: { reportingSystemList: dyn(array(octets)) },
})

/** Class 57. */
export const llcType1Setup = cosemClass({
  id: 57,
  version: 0,
  name: 'ISO/IEC 8802-2 LLC Type 1 setup',
  attributes: { maxOctetsUiPdu: u16 },
})

/** Class 58. Timers in seconds. */
export const llcType2Setup = cosemClass({
  id: 58,
  version: 0,
  name: 'ISO/IEC 8802-2 LLC Type 2 setup',
  attributes: {
    transmitWindowSizeK: u8,
    receiveWindowSizeRw: u8,
    maxOctetsIPduN1: named('max_octets_i_pdu_n1', u16),
    maxNumberTransmissionsN2: named('max_number_transmissions_n2', u8),
    acknowledgementTimer: u16,
    pBitTimer: u16,
    rejectTimer: u16,
    busyStateTimer: u16,
  },
})

/** Class 59. Times in seconds. */
export const llcType3Setup = cosemClass({
  id: 59,
  version: 0,
  name: 'ISO/IEC 8802-2 LLC Type 3 setup',
  attributes: {
    maxOctetsAcnPduN3: named('max_octets_ACn_PDU_n3', u16),
    maxNumberTransmissionsN4: named('max_number_transmissions_n4', u8),
    acknowledgementTimeT1: named('acknowledgement_time_t1', u16),
    receiveLifetimeVarT2: named('receive_lifetime_var_t2', u16),
    transmitLifetimeVarT3: named('transmit_lifetime_var_t3', u16),
  },
})

/** Class 80. */
export const primeLlcSscsSetup = cosemClass({
  id: 80,
  version: 0,
  name: '61334-4-32 LLC SSCS setup',
  attributes: { serviceNodeAddress: dyn(u16), baseNodeAddress: dyn(u16) },
  methods: { reset: trigger },
})

/** Class 81. */
export const primePhysicalLayerCounters = cosemClass({
  id: 81,
  version: 0,
  name: 'PRIME NB OFDM PLC Physical layer counters',
  attributes: {
    phyStatsCrcIncorrectCount: dyn(u16, 'phy_stats_CRC_incorrect_count'),
    phyStatsCrcFailCount: dyn(u16, 'phy_stats_CRC_fail_count'),
    phyStatsTxDropCount: dyn(u16, 'phy_stats_TX_drop_count'),
    phyStatsRxDropCount: dyn(u16, 'phy_stats_RX_drop_count'),
  },
  methods: { reset: trigger },
})

/** Class 82. */
export const primeMacSetup = cosemClass({
  id: 82,
  version: 0,
  name: 'PRIME NB OFDM PLC MAC setup',
  attributes: {
    macMinSwitchSearchTime: u8,
    macMaxPromotionPdu: u8,
    macPromotionPduTxPeriod: u8,
    macBeaconsPerFrame: u8,
    macScpMaxTxAttempts: u8,
    macCtlReTxTimer: u8,
    macMaxCtlReTx: u8,
  },
})

/** Class 83. */
export const primeMacFunctionalParameters = cosemClass({
  id: 83,
  version: 0,
  name: 'PRIME NB OFDM PLC MAC functional parameters',
  attributes: {
    macLnid: dyn(i16, 'mac_LNID'),
    macLsid: dyn(u8, 'mac_LSID'),
    macSid: dyn(u8, 'mac_SID'),
    macSna: dyn(octets, 'mac_SNA'),
    macState: dyn(enumOf({ 0: 'disconnected', 1: 'terminal', 2: 'switch', 3: 'base' })),
    macScpLength: dyn(i16),
    macNodeHierarchyLevel: dyn(u8),
    macBeaconSlotCount: dyn(u8),
    macBeaconRxSlot: dyn(u8),
    macBeaconTxSlot: dyn(u8),
    macBeaconRxFrequency: dyn(u8),
    macBeaconTxFrequency: dyn(u8),
    macCapabilities: dyn(u16),
  },
})

/** Class 84. */
export const primeMacCounters = cosemClass({
  id: 84,
  version: 0,
  name: 'PRIME NB OFDM PLC MAC counters',
  attributes: {
    macTxDataPktCount: dyn(u32),
    macRxDataPktCount: dyn(u32),
    macTxCtrlPktCount: dyn(u32),
    macRxCtrlPktCount: dyn(u32),
    macCsmaFailCount: dyn(u32),
    macCsmaChBusyCount: dyn(u32),
  },
  methods: { reset: trigger },
})

/** Class 85. */
export const primeMacNetworkAdministration = cosemClass({
  id: 85,
  version: 0,
  name: 'PRIME NB OFDM PLC MAC network administration data',
  attributes: {
    macListMulticastEntries: dyn(array(structure({ lcid: i8, members: i16 }))),
    macListSwitchTable: dyn(array(i16)),
    macListDirectTable: dyn(
      array(
        structure({
          sourceSid: i16,
          sourceLnid: i16,
          sourceLcid: i16,
          destinationSid: i16,
          destinationLnid: i16,
          destinationLcid: i16,
          did: octets,
        }),
      ),
    ),
    macListAvailableSwitches: dyn(
      array(structure({ sna: octets, lsid: i16, level: i8, rxLevel: i8, rxSnr: i8 })),
    ),
    macListPhyComm: dyn(
      array(
        structure({
          eui: octets,
          txPower: i8,
          txCoding: i8,
          rxCoding: i8,
          rxLevel: i8,
          snr: i8,
          txPowerModified: i8,
          txCodingModified: i8,
          rxCodingModified: i8,
        }),
      ),
    ),
  },
  methods: { reset: trigger },
})

/** Class 86. */
export const primeApplicationsIdentification = cosemClass({
  id: 86,
  version: 0,
  name: 'PRIME NB OFDM PLC Applications identification',
  attributes: {
    firmwareVersion: octets,
    vendorId: named('vendor_ID', u16),
    productId: named('product_ID', u16),
  },
})
