// Control of functions, arrays and ports (Blue Book 4.4.10–4.4.12) and ZigBee network control: classes 104,
// 122–124.

import { cosemClass, dyn, trigger } from '../declare.ts'
import { any, array, bool, enumOf, logicalName, octets, structure, u8, u16, u32 } from '../schema/index.ts'
import { attributeReference } from './shapes.ts'

const functionStatus = array(structure({ name: octets, active: bool }))
const functionEntry = structure({
  name: octets,
  objects: array(structure({ classId: u16, obis: logicalName })),
})

/** Class 122. */
export const functionControl = cosemClass({
  id: 122,
  version: 0,
  name: 'Function control',
  attributes: { activationStatus: dyn(functionStatus), functionList: array(functionEntry) },
  methods: { setFunctionStatus: functionStatus, addFunction: functionEntry, removeFunction: octets },
})

const range = structure({ id: u8, range: structure({ from: u16, to: u16 }) })
const entry = structure({ id: u8, entry: structure({ index: u16, value: any }) })

/** Class 123: entries of arrays of other objects, counted from 1. */
export const arrayManager = cosemClass({
  id: 123,
  version: 0,
  name: 'Array manager',
  attributes: { arrayObjectList: array(structure({ id: u8, element: attributeReference })) },
  methods: {
    retrieveNumberOfEntries: u8,
    retrieveEntries: range,
    insertEntry: entry,
    updateEntry: entry,
    removeEntries: range,
  },
})

/** Class 124. Times in seconds. */
export const communicationPortProtection = cosemClass({
  id: 124,
  version: 0,
  name: 'Communication port protection',
  attributes: {
    protectionMode: enumOf({ 0: 'locked', 1: 'locked on failed attempts', 2: 'unlocked' }),
    allowedFailedAttempts: u16,
    initialLockoutTime: u32,
    steepnessFactor: u8,
    maxLockoutTime: u32,
    portReference: logicalName,
    protectionStatus: dyn(enumOf({ 0: 'unlocked', 1: 'temporarily locked', 2: 'locked' })),
    failedAttempts: dyn(u32),
    cumulativeFailedAttempts: dyn(u32),
  },
  methods: { reset: trigger },
})

/** Class 104. Elements of `activeDevices` as the meter sends them. */
export const zigbeeNetworkControl = cosemClass({
  id: 104,
  version: 0,
  name: 'ZigBee network control',
  attributes: { enableDisableJoining: any, joinTimeout: any, activeDevices: dyn(any) },
  methods: {
    registerDevice: any,
    unregisterDevice: any,
    unregisterAllDevices: any,
    backupPan: any,
    restorePan: any,
    identifyDevice: any,
    removeMirror: any,
    updateNetworkKey: any,
    updateLinkKey: any,
    createPan: any,
    removePan: any,
  },
})
