// Local ports and modems (Blue Book 4.7): classes 19, 23, 24, 27–29.

import { cosemClass, dyn, named, trigger } from '../declare.ts'
import { array, enumeration, enumOf, i8, octets, structure, text, u8, u16 } from '../schema/index.ts'
import { window } from './shapes.ts'

/** comm_speed of every port. */
export const baudRates = enumOf({
  0: '300 baud',
  1: '600 baud',
  2: '1200 baud',
  3: '2400 baud',
  4: '4800 baud',
  5: '9600 baud',
  6: '19200 baud',
  7: '38400 baud',
  8: '57600 baud',
  9: '115200 baud',
})

/** Class 19: the optical port. */
export const iecLocalPortSetup = cosemClass({
  id: 19,
  version: 1,
  name: 'IEC local port setup',
  attributes: {
    defaultMode: enumOf({ 0: 'IEC 62056-21, modes A–E', 1: 'HDLC', 2: 'not specified' }),
    defaultBaud: baudRates,
    propBaud: baudRates,
    responseTime: enumOf({ 0: '20 ms', 1: '200 ms' }),
    deviceAddr: text,
    passP1: named('pass_p1', octets),
    passP2: named('pass_p2', octets),
    passW5: named('pass_w5', octets),
  },
})

/** Class 23. Times: inter-octet in ms, inactivity in seconds. */
export const iecHdlcSetup = cosemClass({
  id: 23,
  version: 1,
  name: 'IEC HDLC setup',
  attributes: {
    commSpeed: baudRates,
    windowSizeTransmit: u8,
    windowSizeReceive: u8,
    maxInfoFieldLengthTransmit: u16,
    maxInfoFieldLengthReceive: u16,
    interOctetTimeOut: u16,
    inactivityTimeOut: u16,
    deviceAddress: u16,
  },
})

/** Class 23, version 0: information fields of at most 128 bytes. */
export const iecHdlcSetupV0 = cosemClass({
  id: 23,
  version: 0,
  name: 'IEC HDLC setup',
  attributes: {
    commSpeed: baudRates,
    windowSizeTransmit: u8,
    windowSizeReceive: u8,
    maxInfoFieldLengthTransmit: u8,
    maxInfoFieldLengthReceive: u8,
    interOctetTimeOut: u16,
    inactivityTimeOut: u16,
    deviceAddress: u16,
  },
})

/** Class 24. */
export const iecTwistedPairSetup = cosemClass({
  id: 24,
  version: 1,
  name: 'IEC twisted pair (1) setup',
  attributes: {
    mode: enumeration,
    speed: baudRates,
    primaryAddressList: array(u8),
    tabiList: array(i8),
  },
})

/** Class 27, version 1. Delay in ms. */
export const modemConfiguration = cosemClass({
  id: 27,
  version: 1,
  name: 'Modem configuration',
  attributes: {
    commSpeed: baudRates,
    initializationString: array(structure({ request: octets, response: octets, delayAfterResponse: u16 })),
    modemProfile: array(octets),
  },
})

/** Class 27, version 0. */
export const modemConfigurationV0 = cosemClass({
  id: 27,
  version: 0,
  name: 'PSTN modem configuration',
  attributes: {
    commSpeed: baudRates,
    initializationString: array(structure({ request: octets, response: octets })),
    modemProfile: array(octets),
  },
})

const answering = {
  mode: enumeration,
  listeningWindow: array(window),
  status: dyn(enumOf({ 0: 'inactive', 1: 'active', 2: 'locked' })),
  numberOfCalls: u8,
  numberOfRings: structure({ inWindow: u8, outOfWindow: u8 }),
}

/** Class 28, version 0. */
export const autoAnswerV0 = cosemClass({
  id: 28,
  version: 0,
  name: 'Auto answer',
  attributes: answering,
})

/** Class 28, version 2: callers that are let in. */
export const autoAnswer = cosemClass({
  id: 28,
  version: 2,
  name: 'Auto answer',
  attributes: {
    ...answering,
    listOfAllowedCallers: array(structure({ callerId: octets, callType: enumeration })),
  },
})

const calling = {
  mode: enumeration,
  repetitions: u8,
  repetitionDelay: u16,
  callingWindow: array(window),
  destinationList: array(octets),
}

/** Class 29, version 1. */
export const autoConnectV1 = cosemClass({ id: 29, version: 1, name: 'Auto connect', attributes: calling })

/** Class 29, version 2: connection on request. */
export const autoConnect = cosemClass({
  id: 29,
  version: 2,
  name: 'Auto connect',
  attributes: calling,
  methods: { connect: trigger },
})
