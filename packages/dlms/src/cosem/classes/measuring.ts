// Parameters and measurement data (Blue Book 4.3): classes 1, 3–7, 26, 61–63, 66.

import { cosemClass, dyn, named, trigger } from '../declare.ts'
import {
  any,
  array,
  dateTime,
  enumeration,
  enumOf,
  i8,
  logicalName,
  octets,
  structure,
  u8,
  u16,
  u32,
  u64,
} from '../schema/index.ts'
import { attributeReference, captureObject, scalerUnit } from './shapes.ts'

/** Class 1. What `value` holds depends on the instance: `dataObject(obis).value.as(schema.text)`. */
export const dataObject = cosemClass({ id: 1, version: 0, name: 'Data', attributes: { value: any } })

/** Class 3. */
export const register = cosemClass({
  id: 3,
  version: 0,
  name: 'Register',
  attributes: { value: dyn(any), scalerUnit },
  methods: { reset: trigger },
  methodsAt: 0x28,
})

/** Class 4. */
export const extendedRegister = cosemClass({
  id: 4,
  version: 0,
  name: 'Extended register',
  attributes: { value: dyn(any), scalerUnit, status: dyn(any), captureTime: dyn(dateTime) },
  methods: { reset: trigger },
  methodsAt: 0x38,
})

/** Class 5. `period` is in seconds. */
export const demandRegister = cosemClass({
  id: 5,
  version: 0,
  name: 'Demand register',
  attributes: {
    currentAverageValue: dyn(any),
    lastAverageValue: dyn(any),
    scalerUnit,
    status: dyn(any),
    captureTime: dyn(dateTime),
    startTimeCurrent: dyn(dateTime),
    period: u32,
    numberOfPeriods: u16,
  },
  methods: { reset: trigger, nextPeriod: trigger },
  methodsAt: 0x48,
})

const registerReference = structure({ classId: u16, obis: logicalName })
const activationMask = structure({ name: octets, indexes: array(u8) })

/** Class 6: which registers count under which mask (tariff). */
export const registerActivation = cosemClass({
  id: 6,
  version: 0,
  name: 'Register activation',
  attributes: {
    registerAssignment: array(registerReference),
    maskList: array(activationMask),
    activeMask: dyn(octets),
  },
  methods: { addRegister: registerReference, addMask: activationMask, deleteMask: octets },
  methodsAt: 0x30,
})

export const sortMethods = enumOf({
  1: 'fifo',
  2: 'lifo',
  3: 'largest',
  4: 'smallest',
  5: 'nearest_to_zero',
  6: 'farest_from_zero',
})

/** Class 7. `capturePeriod` in seconds, 0 = not captured by itself. */
export const profileGeneric = cosemClass({
  id: 7,
  version: 1,
  name: 'Profile generic',
  attributes: {
    buffer: dyn(array(any)),
    captureObjects: array(captureObject),
    capturePeriod: u32,
    sortMethod: sortMethods,
    sortObject: captureObject,
    entriesInUse: dyn(u32),
    profileEntries: u32,
  },
  methods: { reset: trigger, capture: trigger },
  methodsAt: 0x58,
})

/** Class 7, version 0: capture objects without a data index, and reading of the buffer by methods. */
export const profileGenericV0 = cosemClass({
  id: 7,
  version: 0,
  name: 'Profile generic',
  attributes: {
    buffer: dyn(array(any)),
    captureObjects: array(attributeReference),
    capturePeriod: u32,
    sortMethod: sortMethods,
    sortObject: attributeReference,
    entriesInUse: dyn(u32),
    profileEntries: u32,
  },
  methods: { reset: trigger, capture: trigger, getBufferByRange: any, getBufferByIndex: any },
  methodsAt: 0x58,
})

/** Class 26: tables of ANSI C12.19. */
export const utilityTables = cosemClass({
  id: 26,
  version: 0,
  name: 'Utility tables',
  attributes: { tableId: named('table_ID', u16), length: u32, buffer: dyn(octets) },
})

/** Class 61: attributes of like objects that differ in value group E only. */
export const registerTable = cosemClass({
  id: 61,
  version: 0,
  name: 'Register table',
  attributes: {
    tableCellValues: dyn(array(any)),
    tableCellDefinition: structure({
      classId: u16,
      obis: logicalName,
      groupEValues: array(u8),
      attribute: i8,
    }),
    scalerUnit,
  },
  methods: { reset: trigger, capture: trigger },
  methodsAt: 0x28,
})

/** Class 62, version 0: captured values without their types; the template says how to read them. */
export const compactData = cosemClass({
  id: 62,
  version: 0,
  name: 'Compact data',
  attributes: {
    compactBuffer: dyn(octets),
    captureObjects: array(captureObject),
    templateId: u8,
    templateDescription: dyn(octets),
    captureMethod: enumOf({ 0: 'capture upon invoking', 1: 'implicit capture' }),
  },
  methods: { reset: trigger, capture: trigger },
})

/** Class 63: which bit of a status word means what. */
export const statusMapping = cosemClass({
  id: 63,
  version: 0,
  name: 'Status mapping',
  attributes: {
    statusWord: dyn(any),
    mappingTable: structure({ refTableId: u8, refTableMapping: any }),
  },
})

/**
 * Class 66: samples of one voltage or current around an event. Trigger time in µs, rate in samples per second; nothing
 * is sampled while both numbers of samples are 0. From one transcription of the tables of edition 16 alone.
 */
export const measurementDataMonitoring = cosemClass({
  id: 66,
  version: 0,
  name: 'Measurement data monitoring objects',
  attributes: {
    waveformData: dyn(any),
    triggerTime: dyn(u64),
    triggerSource: dyn(structure({ origin: enumOf({ 0: 'remote', 1: 'local script' }), cause: u16 })),
    status: dyn(enumeration),
    samplingRate: u32,
    numberOfSamplesBeforeTrigger: u32,
    numberOfSamplesAfterTrigger: u32,
    scalerUnit,
  },
  methods: { reset: any, trigger: any },
  methodsAt: 0x48,
})
