// Internet and mobile networks (Blue Book 4.7, 4.9): classes 41–48, 100, 151–153.

import { cosemClass, dyn, named, namedMethod, trigger } from '../declare.ts'
import {
  any,
  array,
  bool,
  dateTime,
  enumeration,
  enumOf,
  i8,
  logicalName,
  octets,
  structure,
  text,
  u8,
  u16,
  u32,
  visible,
} from '../schema/index.ts'
import { ipv4Address } from './shapes.ts'

/** Class 41. Inactivity in seconds. */
export const tcpUdpSetup = cosemClass({
  id: 41,
  version: 0,
  name: 'TCP-UDP setup',
  attributes: {
    port: named('TCP-UDP_port', u16),
    ipReference: named('IP_reference', logicalName),
    mss: named('MSS', u16),
    nbOfSimConn: u8,
    inactivityTimeOut: u16,
  },
})

/** Class 42. */
export const ipv4Setup = cosemClass({
  id: 42,
  version: 0,
  name: 'IPv4 setup',
  attributes: {
    dlReference: named('DL_reference', logicalName),
    ipAddress: named('IP_address', ipv4Address),
    multicastIpAddress: named('multicast_IP_address', array(ipv4Address)),
    ipOptions: named('IP_options', array(structure({ type: u8, length: u8, data: octets }))),
    subnetMask: ipv4Address,
    gatewayIpAddress: named('gateway_IP_address', ipv4Address),
    useDhcpFlag: named('use_DHCP_flag', bool),
    primaryDnsAddress: named('primary_DNS_address', ipv4Address),
    secondaryDnsAddress: named('secondary_DNS_address', ipv4Address),
  },
  methods: {
    addMcIpAddress: namedMethod('add_mc_IP_address', ipv4Address),
    deleteMcIpAddress: namedMethod('delete_mc_IP_address', ipv4Address),
    getNbofMcIpAddresses: namedMethod('get_nbof_mc_IP_addresses', trigger),
  },
})

/** Class 43. */
export const macAddressSetup = cosemClass({
  id: 43,
  version: 0,
  name: 'MAC address setup',
  attributes: { macAddress: named('MAC_address', octets) },
})

/** Class 44. Options as in RFC 1661 and RFC 1332; the password stays inside `pppAuthentication`. */
export const pppSetup = cosemClass({
  id: 44,
  version: 0,
  name: 'PPP setup',
  attributes: {
    phyReference: named('PHY_reference', logicalName),
    lcpOptions: named('LCP_options', array(structure({ type: u8, length: u8, data: any }))),
    ipcpOptions: named('IPCP_options', array(structure({ type: u8, length: u8, data: any }))),
    pppAuthentication: named('PPP_authentication', any),
  },
})

const quality = structure({
  precedence: u8,
  delay: u8,
  reliability: u8,
  peakThroughput: u8,
  meanThroughput: u8,
})

/** Class 45. */
export const gprsModemSetup = cosemClass({
  id: 45,
  version: 0,
  name: 'GPRS modem setup',
  attributes: {
    apn: named('APN', text),
    pinCode: named('PIN_code', u16),
    qualityOfService: structure({ default: quality, requested: quality }),
  },
})

/** Class 46. */
export const smtpSetup = cosemClass({
  id: 46,
  version: 0,
  name: 'SMTP setup',
  attributes: {
    serverPort: u16,
    userName: octets,
    loginPassword: octets,
    serverAddress: octets,
    senderAddress: octets,
  },
})

const registration = dyn(
  enumOf({
    0: 'not registered',
    1: 'registered, home network',
    2: 'not registered, searching',
    3: 'registration denied',
    4: 'unknown',
    5: 'registered, roaming',
  }),
)
const circuit = dyn(enumOf({ 0: 'inactive', 1: 'incoming call', 2: 'active' }))
const wideCell = dyn(
  structure({
    cellId: u32,
    locationId: u16,
    signalQuality: u8,
    ber: u8,
    mcc: u16,
    mnc: u16,
    channelNumber: u32,
  }),
)
const wideCells = dyn(array(structure({ cellId: u32, signalQuality: u8 })))
const wideDiagnostic = {
  operator: dyn(visible),
  status: registration,
  csAttachment: circuit,
  psStatus: dyn(enumeration),
  cellInfo: wideCell,
  adjacentCells: wideCells,
  captureTime: dyn(dateTime),
}

/** Class 47, version 0. Signal quality 0…31, 99 = not known. */
export const gsmDiagnosticV0 = cosemClass({
  id: 47,
  version: 0,
  name: 'GSM diagnostic',
  attributes: {
    operator: dyn(visible),
    status: registration,
    csAttachment: circuit,
    psStatus: dyn(enumeration),
    cellInfo: dyn(structure({ cellId: u16, locationId: u16, signalQuality: u8, ber: u8 })),
    adjacentCells: dyn(array(structure({ cellId: u16, signalQuality: u8 }))),
    captureTime: dyn(dateTime),
  },
})
/** Class 47, version 1: wide cell numbers, country, network and channel. */
export const gsmDiagnosticV1 = cosemClass({
  id: 47,
  version: 1,
  name: 'GSM diagnostic',
  attributes: wideDiagnostic,
})
/** Class 47, version 2: further values of `psStatus`. */
export const gsmDiagnostic = cosemClass({
  id: 47,
  version: 2,
  name: 'GSM diagnostic',
  attributes: wideDiagnostic,
})

const ipv6Address = structure({
  kind: enumOf({ 0: 'unicast', 1: 'multicast', 2: 'gateway' }),
  address: octets,
})

/** Class 48. Addresses are 16 bytes. */
export const ipv6Setup = cosemClass({
  id: 48,
  version: 0,
  name: 'IPv6 setup',
  attributes: {
    dlReference: named('DL_reference', logicalName),
    addressConfigMode: enumOf({
      0: 'auto-configuration',
      1: 'DHCPv6',
      2: 'manual',
      3: 'neighbour discovery',
    }),
    unicastIpv6Addresses: named('unicast_IPv6_addresses', array(octets)),
    multicastIpv6Addresses: named('multicast_IPv6_addresses', array(octets)),
    gatewayIpv6Addresses: named('gateway_IPv6_addresses', array(octets)),
    primaryDnsAddress: named('primary_DNS_address', octets),
    secondaryDnsAddress: named('secondary_DNS_address', octets),
    trafficClass: u8,
    neighborDiscoverySetup: array(structure({ maxRetry: u8, retryWaitTime: u16, sendPeriod: u32 })),
  },
  methods: {
    addIpv6Address: namedMethod('add_IPv6_address', ipv6Address),
    removeIpv6Address: namedMethod('remove_IPv6_address', ipv6Address),
  },
})

const ntpKey = structure({ id: u32, key: octets })

/** Class 100. */
export const ntpSetup = cosemClass({
  id: 100,
  version: 0,
  name: 'NTP setup',
  attributes: {
    activated: bool,
    serverAddress: text,
    serverPort: u16,
    authenticationMethod: enumOf({ 0: 'none', 1: 'shared secrets', 2: 'autokey IFF' }),
    authenticationKeys: array(ntpKey),
    clientKey: octets,
  },
  methods: { synchronize: trigger, addAuthenticationKey: ntpKey, deleteAuthenticationKey: u32 },
})

/** Class 151, version 0: timers of the LTE network with the quality of the signal. */
export const lteMonitoringV0 = cosemClass({
  id: 151,
  version: 0,
  name: 'LTE monitoring',
  attributes: {
    lteQualityOfService: named(
      'LTE_quality_of_service',
      structure({ t3402: u16, t3412: u16, rsrq: u8, rsrp: u8, qRxlevMin: i8 }),
    ),
  },
})

/** Class 151, version 1. */
export const lteMonitoring = cosemClass({
  id: 151,
  version: 1,
  name: 'LTE monitoring',
  attributes: {
    lteNetworkParameters: dyn(
      structure({
        t3402: u16,
        t3412: u16,
        t3412ext2: u32,
        t3324: u16,
        teDrx: u32,
        tPtw: u16,
        qRxlevMin: i8,
        qRxlevMinCe: i8,
        qRxlevMinCe1: i8,
      }),
      'LTE_network_parameters',
    ),
    lteQualityOfService: dyn(
      structure({ rsrq: i8, rsrp: i8, snr: i8, coverageEnhancement: enumeration }),
      'LTE_quality_of_service',
    ),
  },
})

/** Class 152. Times in ms. */
export const coapSetup = cosemClass({
  id: 152,
  version: 0,
  name: 'CoAP setup',
  attributes: {
    udpReference: named('UDP_reference', logicalName),
    ackTimeout: u16,
    ackRandomFactor: u16,
    maxRetransmit: u16,
    nstart: u16,
    delayAckTimeout: u16,
    exponentialBackOff: u16,
    probingRate: u16,
    coapUriPath: named('CoAP_uri_path', text),
    transportMode: enumeration,
    wrapperVersion: any,
    tokenLength: u8,
  },
})

/** Class 153. */
export const coapDiagnostic = cosemClass({
  id: 153,
  version: 0,
  name: 'CoAP diagnostic',
  attributes: {
    messagesCounter: dyn(
      structure({
        tx: u32,
        rx: u32,
        txResend: u32,
        txReset: u32,
        rxReset: u32,
        txAck: u32,
        rxAck: u32,
        rxDrop: u32,
        txNonPiggybacked: u32,
        maxRtxExceeded: u32,
      }),
    ),
    requestResponseCounter: dyn(
      structure({
        rxRequests: u32,
        txRequests: u32,
        rxResponses: u32,
        txResponses: u32,
        txClientErrors: u32,
        rxClientErrors: u32,
        txServerErrors: u32,
        rxServerErrors: u32,
      }),
    ),
    btCounter: dyn(structure({ started: u32, completed: u32, timedOut: u32 })),
    captureTime: dyn(structure({ attribute: u8, timeStamp: dateTime })),
  },
  methods: { reset: trigger },
})
