// Time and event bound control (Blue Book 4.5): classes 8–11, 20–22, 65, 67, 68, 70, 71, 100.

import { cosemClass, dyn, namedMethod, trigger } from '../declare.ts'
import {
  any,
  array,
  bits,
  bool,
  date,
  dateTime,
  enumeration,
  enumOf,
  i8,
  i16,
  logicalName,
  octets,
  structure,
  time,
  u8,
  u16,
  u32,
} from '../schema/index.ts'
import { attributeReference, scalerUnit, scriptReference, upDownActions } from './shapes.ts'

/** Class 8. `timeZone` and `daylightSavingsDeviation` in minutes; status bits as in a date-time. */
export const clock = cosemClass({
  id: 8,
  version: 0,
  name: 'Clock',
  attributes: {
    time: dyn(dateTime),
    timeZone: i16,
    status: dyn(u8),
    daylightSavingsBegin: dateTime,
    daylightSavingsEnd: dateTime,
    daylightSavingsDeviation: i8,
    daylightSavingsEnabled: bool,
    clockBase: enumOf({
      0: 'not defined',
      1: 'internal crystal',
      2: 'mains frequency 50 Hz',
      3: 'mains frequency 60 Hz',
      4: 'GPS',
      5: 'radio controlled',
    }),
  },
  methods: {
    adjustToQuarter: trigger,
    adjustToMeasuringPeriod: trigger,
    adjustToMinute: trigger,
    adjustToPresetTime: trigger,
    presetAdjustingTime: structure({
      presetTime: dateTime,
      validityIntervalStart: dateTime,
      validityIntervalEnd: dateTime,
    }),
    /** Seconds, −900…900. */
    shiftTime: i16,
  },
  methodsAt: 0x60,
})

/** Class 9. `parameter` depends on what is written or executed. */
export const scriptTable = cosemClass({
  id: 9,
  version: 0,
  name: 'Script table',
  attributes: {
    scripts: array(
      structure({
        scriptIdentifier: u16,
        actions: array(
          structure({
            service: enumOf({ 1: 'write', 2: 'execute' }),
            classId: u16,
            obis: logicalName,
            index: i8,
            parameter: any,
          }),
        ),
      }),
    ),
  },
  methods: { execute: u16 },
  methodsAt: 0x20,
})

const scheduleEntry = structure({
  index: u16,
  enable: bool,
  scriptTable: logicalName,
  scriptSelector: u16,
  switchTime: time,
  /** Minutes; 0xFFFF: always valid. */
  validityWindow: u16,
  execWeekdays: bits,
  execSpecdays: bits,
  beginDate: date,
  endDate: date,
})

/** Class 10. */
export const schedule = cosemClass({
  id: 10,
  version: 0,
  name: 'Schedule',
  attributes: { entries: array(scheduleEntry) },
  methods: {
    enableDisable: namedMethod(
      'enable/disable',
      structure({ firstIndexA: u16, lastIndexA: u16, firstIndexB: u16, lastIndexB: u16 }),
    ),
    insert: scheduleEntry,
    delete: structure({ firstIndex: u16, lastIndex: u16 }),
  },
  methodsAt: 0x20,
})

const specialDay = structure({ index: u16, specialdayDate: date, dayId: u8 })

/** Class 11. */
export const specialDaysTable = cosemClass({
  id: 11,
  version: 0,
  name: 'Special days table',
  attributes: { entries: array(specialDay) },
  methods: { insert: specialDay, delete: u16 },
  methodsAt: 0x10,
})

const seasonProfile = array(structure({ name: octets, start: dateTime, weekName: octets }))
const weekProfileTable = array(
  structure({
    name: octets,
    monday: u8,
    tuesday: u8,
    wednesday: u8,
    thursday: u8,
    friday: u8,
    saturday: u8,
    sunday: u8,
  }),
)
const dayProfileTable = array(
  structure({
    dayId: u8,
    schedule: array(structure({ startTime: time, scriptTable: logicalName, scriptSelector: u16 })),
  }),
)

/** Class 20. */
export const activityCalendar = cosemClass({
  id: 20,
  version: 0,
  name: 'Activity calendar',
  attributes: {
    calendarNameActive: octets,
    seasonProfileActive: seasonProfile,
    weekProfileTableActive: weekProfileTable,
    dayProfileTableActive: dayProfileTable,
    calendarNamePassive: octets,
    seasonProfilePassive: seasonProfile,
    weekProfileTablePassive: weekProfileTable,
    dayProfileTablePassive: dayProfileTable,
    activatePassiveCalendarTime: dateTime,
  },
  methods: { activatePassiveCalendar: trigger },
  methodsAt: 0x50,
})

/** Class 21. Thresholds have the type of the monitored value. */
export const registerMonitor = cosemClass({
  id: 21,
  version: 0,
  name: 'Register monitor',
  attributes: { thresholds: array(any), monitoredValue: attributeReference, actions: array(upDownActions) },
})

/** Class 22. `type` 1…5: how many execution times, with or without wildcards in the date. */
export const singleActionSchedule = cosemClass({
  id: 22,
  version: 0,
  name: 'Single action schedule',
  attributes: {
    executedScript: scriptReference,
    type: enumeration,
    executionTime: array(structure({ time, date })),
  },
})

const changedParameter = structure({ classId: u16, obis: logicalName, attribute: i8, value: any })

/** Class 65, version 0. */
export const parameterMonitorV0 = cosemClass({
  id: 65,
  version: 0,
  name: 'Parameter monitor',
  attributes: {
    changedParameter: dyn(changedParameter),
    captureTime: dyn(dateTime),
    parameterList: array(attributeReference),
  },
  methods: { addParameter: attributeReference, deleteParameter: attributeReference },
})

/** Class 67. */
export const sensorManager = cosemClass({
  id: 67,
  version: 0,
  name: 'Sensor manager',
  attributes: {
    serialNumber: octets,
    metrologicalIdentification: octets,
    outputType: enumeration,
    adjustmentMethod: octets,
    sealingMethod: enumeration,
    rawValue: dyn(any),
    scalerUnit,
    status: dyn(any),
    captureTime: dyn(dateTime),
    rawValueThresholds: array(any),
    rawValueActions: array(upDownActions),
    processedValue: attributeReference,
    processedValueThresholds: array(any),
    processedValueActions: array(upDownActions),
  },
  methods: { reset: trigger },
})

/** Class 68: who may do what to a shared actuator. */
export const arbitrator = cosemClass({
  id: 68,
  version: 0,
  name: 'Arbitrator',
  attributes: {
    actions: array(scriptReference),
    permissionsTable: array(bits),
    weightingsTable: array(array(u16)),
    mostRecentRequestsTable: dyn(array(bits)),
    lastOutcome: dyn(u8),
  },
  methods: { requestAction: structure({ requestActor: u8, requestActionList: bits }), reset: trigger },
})

/** Class 70. Control modes 0…6 of Blue Book 4.5.8.2. */
export const disconnectControl = cosemClass({
  id: 70,
  version: 0,
  name: 'Disconnect control',
  attributes: {
    outputState: dyn(bool),
    controlState: dyn(enumOf({ 0: 'disconnected', 1: 'connected', 2: 'ready for reconnection' })),
    controlMode: enumeration,
  },
  methods: { remoteDisconnect: trigger, remoteReconnect: trigger },
  methodsAt: 0x20,
})

/** Class 71. Thresholds have the type of the monitored value; durations in seconds. */
export const limiter = cosemClass({
  id: 71,
  version: 0,
  name: 'Limiter',
  attributes: {
    monitoredValue: attributeReference,
    thresholdActive: dyn(any),
    thresholdNormal: any,
    thresholdEmergency: any,
    minOverThresholdDuration: u32,
    minUnderThresholdDuration: u32,
    emergencyProfile: structure({ id: u16, activationTime: dateTime, duration: u32 }),
    emergencyProfileGroupIdList: array(u16),
    emergencyProfileActive: dyn(bool),
    actions: structure({ overThreshold: scriptReference, underThreshold: scriptReference }),
  },
})
