// ZigBee (Blue Book 4.15) and Wi-SUN (4.18): classes 95, 97, 98, 101–103 and 105. What of them two independent sources
// give alike, 97 and 98 from one transcription of the tables of edition 16 alone; conformance/cosem/README.md names the kinds of source.

import { cosemClass, dyn, trigger } from '../declare.ts'
import { any, bool, enumeration, i16, octets, u8, u16, u32 } from '../schema/index.ts'

/** Class 95. Times are exponents and counts of the trickle timers as the profile of the network defines them. */
export const wiSunSetup = cosemClass({
  id: 95,
  version: 0,
  name: 'Wi-SUN setup',
  attributes: {
    networkName: octets,
    routingMethod: dyn(enumeration),
    panId: dyn(u16),
    discImin: u8,
    discImax: u8,
    dataMessageImin: u8,
    dataMessageImax: u8,
    defaultDioIntervalMin: u8,
    defaultDioIntervalDoublings: u8,
    channelPlan: any,
    channelFunction: enumeration,
    excludedChannels: any,
    joinState: dyn(enumeration),
    regChannelExclusions: any,
  },
  methods: { resetJoinState: trigger },
})

/** Class 97: the device's place in the routing tree (RFC 6550). */
export const rplDiagnostic = cosemClass({
  id: 97,
  version: 0,
  name: 'RPL diagnostic',
  attributes: {
    rplInstanceId: dyn(u8),
    dodagVersionNumber: dyn(u8),
    dodagRank: dyn(i16),
    grounded: dyn(bool),
    modeOfOperation: dyn(enumeration),
    dodagPrf: dyn(u8),
    dodagDtsn: dyn(u8),
    dodagId: dyn(octets),
  },
  methods: { reset: trigger },
  methodsAt: 0x48,
})

/**
 * Class 98: how multicasts are forwarded (RFC 7731). The book's table of short names leaves out 0x10, so its offsets
 * from attribute 3 on are 8 higher than the rule gives; no such meter has short names.
 */
export const mplDiagnostic = cosemClass({
  id: 98,
  version: 0,
  name: 'MPL diagnostic',
  attributes: {
    proactiveForwarding: dyn(bool),
    z: dyn(u8),
    tunit: dyn(u8),
    seLifetime: dyn(u16),
    dmK: dyn(u8),
    dmImin: dyn(u16),
    dmImax: dyn(u8),
    dmTExp: dyn(u16),
    cK: dyn(u8),
    cImin: dyn(u16),
    cImax: dyn(u8),
    cTExp: dyn(u16),
  },
  methods: { reset: trigger },
  methodsAt: 0x70,
})

/** Class 101: what a ZigBee device needs to found or join a network. The keys are secret. */
export const zigbeeSasStartup = cosemClass({
  id: 101,
  version: 0,
  name: 'ZigBee SAS startup',
  attributes: {
    shortAddress: dyn(u16),
    extendedPanId: dyn(octets),
    panId: dyn(u16),
    channelMask: dyn(u32),
    protocolVersion: u8,
    // An enum to one source, an unsigned to the other.
    stackProfile: any,
    startUpControl: dyn(u8),
    trustCenterAddress: dyn(octets),
    linkKey: dyn(octets),
    networkKey: dyn(octets),
    useInsecureJoin: bool,
  },
})

/** Class 102. Times in seconds. */
export const zigbeeSasJoin = cosemClass({
  id: 102,
  version: 0,
  name: 'ZigBee SAS join',
  attributes: { scanAttempts: u8, timeBetweenScans: u16, rejoinInterval: u16, rejoinRetryInterval: u16 },
})

/** Class 103. Delay in ms, window in frames that are not acknowledged. */
export const zigbeeSasApsFragmentation = cosemClass({
  id: 103,
  version: 0,
  name: 'ZigBee SAS APS fragmentation',
  attributes: {
    apsInterframeDelay: u16,
    apsMaxWindowSize: u16,
  },
})

/** Class 105. Sizes in octets, time in seconds. */
export const zigbeeTunnelSetup = cosemClass({
  id: 105,
  version: 0,
  name: 'ZigBee tunnel setup',
  attributes: {
    maximumIncomingTransferSize: u16,
    maximumOutgoingTransferSize: u16,
    protocolAddress: octets,
    closeTunnelTimeout: u16,
  },
})
