// G3-PLC (Blue Book 4.13, ITU-T G.9903): classes 90–92.

import { cosemClass, dyn, named, trigger } from '../declare.ts'
import { array, bits, bool, enumeration, i8, octets, structure, u8, u16, u32 } from '../schema/index.ts'

/** Class 90, version 1. */
export const g3MacLayerCounters = cosemClass({
  id: 90,
  version: 1,
  name: 'G3-PLC MAC layer counters',
  attributes: {
    macTxDataPacketCount: dyn(u32, 'mac_Tx_data_packet_count'),
    macRxDataPacketCount: dyn(u32, 'mac_Rx_data_packet_count'),
    macTxCmdPacketCount: dyn(u32, 'mac_Tx_cmd_packet_count'),
    macRxCmdPacketCount: dyn(u32, 'mac_Rx_cmd_packet_count'),
    macCsmaFailCount: dyn(u32, 'mac_CSMA_fail_count'),
    macCsmaNoAckCount: dyn(u32, 'mac_CSMA_no_ACK_count'),
    macBadCrcCount: dyn(u32, 'mac_bad_CRC_count'),
    macTxDataBroadcastCount: dyn(u32, 'mac_Tx_data_broadcast_count'),
    macRxDataBroadcastCount: dyn(u32, 'mac_Rx_data_broadcast_count'),
  },
  methods: { reset: trigger },
})

const neighbours = dyn(
  array(
    structure({
      shortAddress: u16,
      payloadModulationScheme: bool,
      toneMap: bits,
      modulation: enumeration,
      txGain: i8,
      txRes: enumeration,
      txCoeff: bits,
      lqi: u8,
      phaseDifferential: i8,
      tmrValidTime: u8,
      neighbourValidTime: u8,
    }),
  ),
)
const macV1 = {
  macShortAddress: u16,
  macRcCoord: named('mac_RC_coord', u16),
  macPanId: named('mac_PAN_id', u16),
  macKeyTable: array(structure({ id: u8, key: octets })),
  macFrameCounter: dyn(u32),
  macToneMask: bits,
  macTmrTtl: named('mac_TMR_TTL', u8),
  macMaxFrameRetries: u8,
  macNeighbourTableEntryTtl: named('mac_neighbour_table_entry_TTL', u8),
  macNeighbourTable: neighbours,
  macHighPriorityWindowSize: u8,
  macCsmaFairnessLimit: named('mac_CSMA_fairness_limit', u8),
  macBeaconRandomizationWindowLength: u8,
  macA: u8,
  macK: u8,
  macMinCwAttempts: named('mac_min_CW_attempts', u8),
  macCenelecLegacyMode: u8,
  macFccLegacyMode: named('mac_FCC_legacy_mode', u8),
  macMaxBe: named('mac_max_BE', u8),
  macMaxCsmaBackoffs: named('mac_max_CSMA_backoffs', u8),
  macMinBe: named('mac_min_BE', u8),
}
const positions = dyn(array(structure({ shortAddress: u16, lqi: u8, validTime: u8 })), 'mac_POS_table')
const macV2 = {
  ...macV1,
  macBroadcastMaxCwEnabled: named('mac_broadcast_max_CW_enabled', bool),
  macTransmitAtten: u8,
  macPosTable: positions,
}

/** Class 91, version 1. */
export const g3MacSetupV1 = cosemClass({
  id: 91,
  version: 1,
  name: 'G3-PLC MAC setup',
  attributes: macV1,
  methods: { macGetNeighbourTableEntry: u16 },
})
/** Class 91, version 2. */
export const g3MacSetupV2 = cosemClass({
  id: 91,
  version: 2,
  name: 'G3-PLC MAC setup',
  attributes: macV2,
  methods: { macGetNeighbourTableEntry: u16 },
})
/** Class 91, version 3. */
export const g3MacSetup = cosemClass({
  id: 91,
  version: 3,
  name: 'G3-PLC MAC setup',
  attributes: { ...macV2, macDuplicateDetectionTtl: named('mac_duplicate_detection_TTL', u8) },
  methods: { macGetNeighbourTableEntry: u16, macGetPosTableEntry: u16 },
})

const adaptationV0 = {
  adpMaxHops: u8,
  adpWeakLqiValue: named('adp_weak_LQI_value', u8),
  adpSecurityLevel: u8,
  adpPrefixTable: array(u8),
  adpRoutingConfiguration: array(
    structure({
      netTraversalTime: u8,
      routingTableEntryTtl: u16,
      kr: u8,
      km: u8,
      kc: u8,
      kq: u8,
      kh: u8,
      krt: u8,
      rreqRetries: u8,
      rreqReqWait: u8,
      blacklistTableEntryTtl: u16,
      unicastRreqGenEnable: bool,
      rlcEnabled: bool,
      addRevLinkCost: u8,
    }),
  ),
  adpBroadcastLogTableEntryTtl: named('adp_broadcast_log_table_entry_TTL', u16),
  adpRoutingTable: dyn(
    array(
      structure({
        destinationAddress: u16,
        nextHopAddress: u16,
        routeCost: u16,
        hopCount: u8,
        weakLinkCount: u8,
        validTime: u16,
      }),
    ),
  ),
  adpContextInformationTable: array(
    structure({ cid: bits, contextLength: u8, context: octets, compression: bool, validLifetime: u16 }),
  ),
  adpBlacklistTable: dyn(array(structure({ address: u16, validTime: u16 }))),
  adpBroadcastLogTable: dyn(array(structure({ sourceAddress: u16, sequenceNumber: u8, validTime: u16 }))),
  adpGroupTable: array(u16),
  adpMaxJoinWaitTime: u16,
  adpPathDiscoveryTime: u8,
  adpActiveKeyIndex: u8,
  adpMetricType: u8,
}
const adaptationV1 = {
  ...adaptationV0,
  adpCoordShortAddress: u16,
  adpDisableDefaultRouting: bool,
  adpDeviceType: enumeration,
}
const adaptationV2 = { ...adaptationV1, adpDefaultCoordRouteEnabled: bool, adpDestinationAddress: array(u16) }

/** Class 92, version 0. */
export const g3AdaptationLayerSetupV0 = cosemClass({
  id: 92,
  version: 0,
  name: 'G3-PLC 6LoWPAN adaptation layer setup',
  attributes: adaptationV0,
})
/** Class 92, version 1. */
export const g3AdaptationLayerSetupV1 = cosemClass({
  id: 92,
  version: 1,
  name: 'G3-PLC 6LoWPAN adaptation layer setup',
  attributes: adaptationV1,
})
/** Class 92, version 2. */
export const g3AdaptationLayerSetupV2 = cosemClass({
  id: 92,
  version: 2,
  name: 'G3-PLC 6LoWPAN adaptation layer setup',
  attributes: adaptationV2,
})
/** Class 92, version 3. */
export const g3AdaptationLayerSetup = cosemClass({
  id: 92,
  version: 3,
  name: 'G3-PLC 6LoWPAN adaptation layer setup',
  attributes: {
    ...adaptationV2,
    adpLowLqi: named('adp_low_LQI', u8),
    adpHighLqi: named('adp_high_LQI', u8),
  },
})
