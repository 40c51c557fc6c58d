// ZigBee (Blue Book 4.15) and Wi-SUN (4.18): classes 95, 101–103 and 105. What of them two independent sources give
// alike; conformance/cosem/README.md names the kinds of source.

import { cosemClass, dyn, trigger } from '../declare.ts'
import { any, bool, enumeration, octets, u8, u16, u32 } from '../schema/index.ts'

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
