// Networks of ISO/IEC 14908 on power lines (Blue Book 4.19, IEC 62056-8-8): classes 130–133. From one transcription of
// the tables of edition 16 alone.

import { cosemClass, dyn, named, trigger } from '../declare.ts'
import { enumeration, octets, u8, u16, u32 } from '../schema/index.ts'

/** Class 130: who the device is in its network. */
export const iso14908Identification = cosemClass({
  id: 130,
  version: 0,
  name: 'ISO/IEC 14908 identification',
  attributes: {
    nodeId: named('node_ID', u8),
    subnetId: named('subnet_ID', u8),
    domainId: named('domain_ID', octets),
    programId: named('program_ID', octets),
    uniqueNodeId: named('unique_node_ID', octets),
  },
})

/** Class 131. Minutes without a message of the adaptation layer after which the device counts as unreachable. */
export const iso14908ProtocolSetup = cosemClass({
  id: 131,
  version: 0,
  name: 'ISO/IEC 14908 protocol setup',
  attributes: { inactivityTimeout: u16 },
})

const protocolStatus = {
  transmissionErrors: dyn(u16),
  transmitTxFailure: dyn(u16),
  transmitTxRetries: dyn(u16),
  receiveTxFull: dyn(u16),
  lostMessages: dyn(u16),
  missedMessages: dyn(u16),
  layer2Received: dyn(u16, 'layer2_received'),
  layer3Received: dyn(u16, 'layer3_received'),
  messagesReceived: dyn(u32),
  messagesValidated: dyn(u32),
}

/** Class 132, version 0, of IEC 62056-8-8:2020: without the reset. */
export const iso14908ProtocolStatusV0 = cosemClass({
  id: 132,
  version: 0,
  name: 'ISO/IEC 14908 protocol status',
  attributes: protocolStatus,
})
/** Class 132, version 1. */
export const iso14908ProtocolStatus = cosemClass({
  id: 132,
  version: 1,
  name: 'ISO/IEC 14908 protocol status',
  attributes: protocolStatus,
  methods: { reset: trigger },
  methodsAt: 0x70,
})

const diagnostic = {
  plcSignalQualityStatus: dyn(enumeration),
  comModuleState: dyn(enumeration),
  receivedMessageStatus: dyn(u8),
  noReceiveBuffer: dyn(u16),
  transmitNoData: dyn(u16),
  backlogOverflows: dyn(u16),
  lateAck: dyn(u16),
  frequencyInvalid: dyn(u16),
}

/** Class 133, version 0, of IEC 62056-8-8:2020: without the reset. */
export const iso14908DiagnosticV0 = cosemClass({
  id: 133,
  version: 0,
  name: 'ISO/IEC 14908 diagnostic',
  attributes: diagnostic,
})
/** Class 133, version 1. */
export const iso14908Diagnostic = cosemClass({
  id: 133,
  version: 1,
  name: 'ISO/IEC 14908 diagnostic',
  attributes: diagnostic,
  methods: { reset: trigger },
  methodsAt: 0x60,
})
