// Low-power wide area networks: SCHC (Blue Book 4.16) and LoRaWAN (4.17), classes 126–129. From one transcription of
// the tables of edition 16 alone; what is in structures and arrays is left open.

import { cosemClass, dyn, named, trigger } from '../declare.ts'
import { any, array, bool, enumeration, i8, octets, u32 } from '../schema/index.ts'

/** Class 126: rules of compression and fragmentation (RFC 8724). */
export const schcLpwanSetup = cosemClass({
  id: 126,
  version: 0,
  name: 'SCHC-LPWAN setup',
  attributes: { lpwanReference: octets, schcCdRules: array(any), schcFrParam: any },
})

/** Class 127: packets, fragments and acknowledgements. */
export const schcLpwanDiagnostic = cosemClass({
  id: 127,
  version: 0,
  name: 'SCHC-LPWAN diagnostic',
  attributes: {
    schcPacketsTxCounter: dyn(u32),
    schcPacketsRxCounter: dyn(u32),
    schcFragmentsTxCounter: dyn(u32),
    schcFragmentsRxCounter: dyn(u32),
    schcAckTxCounter: dyn(u32),
    schcAckRxCounter: dyn(u32),
  },
  methods: { reset: trigger },
  methodsAt: 0x40,
})

/**
 * Class 128: a device of LoRaWAN 1.0.3. The book's table of short names leaves out 0x30, so its offsets from
 * attribute 7 on are 8 higher than the rule gives; no such meter has short names.
 */
export const loRaWanSetup = cosemClass({
  id: 128,
  version: 0,
  name: 'LoRaWAN setup',
  attributes: {
    class: dyn(enumeration),
    state: dyn(enumeration),
    maxTransmitEirpSetting: named('max_transmit_EIRP_setting', i8),
    adrMode: dyn(bool, 'ADR_mode'),
    regionalParameters: dyn(enumeration),
    deviceOperation: dyn(any),
    modemVersions: any,
    devAddr: dyn(u32, 'devAddr'),
    joinStrategy: dyn(enumeration),
    multicastsParameters: dyn(array(any)),
  },
  methods: { disconnectFromNetwork: any, changeClass: any, changeRegion: any },
  methodsAt: 0x60,
})

/** Class 129: counters of frames, and how well they are received. */
export const loRaWanDiagnostic = cosemClass({
  id: 129,
  version: 0,
  name: 'LoRaWAN diagnostic',
  attributes: {
    internalErrorCode: dyn(enumeration),
    outFramesUCounter: dyn(u32),
    outFramesCCounter: dyn(u32),
    inFramesUCounter: dyn(u32),
    inFramesCCounter: dyn(u32),
    inMacCommandCounter: dyn(u32),
    inMacAnsErrorCounter: dyn(u32),
    inMacIgnoredCounter: dyn(u32),
    inPer: dyn(i8),
    inMeanRssiRx1: dyn(i8, 'in_mean_rssi_rx1'),
    inMeanSnrRx1: dyn(i8, 'in_mean_snr_rx1'),
    inMeanRssiRx2: dyn(i8, 'in_mean_rssi_rx2'),
    inMeanSnrRx2: dyn(i8, 'in_mean_snr_rx2'),
  },
  methods: { reset: trigger },
  methodsAt: 0x70,
})
