// What a head-end must know of a kind of meter to talk to it, as a JSON document: a new meter is a file.

import {
  choice,
  type From,
  integer,
  type JsonSchema,
  list,
  type ModelIssue,
  maxIssues,
  optional,
  record,
  shown,
  text,
  yesNo,
} from './spec.ts'

const byte = '(25[0-5]|2[0-4]\\d|1?\\d?\\d)'
/** 'A.B.C.D.E.F'; 'x' in B stands for an M-Bus channel, 1…4. */
const obis = text(
  new RegExp(`^${byte}\\.(${byte}|x)(\\.${byte}){4}$`),
  "write six numbers 0…255, as '1.0.1.8.0.255'",
)
const identifier = text(/^[a-z0-9][a-z0-9.-]*$/, 'write small letters, digits, dots and hyphens')
const scaler = integer(-12, 12)
const unit = integer(1, 255)

const transport = record({
  kind: choice('wrapper-tcp', 'wrapper-udp', 'hdlc-tcp', 'hdlc-serial', 'hdlc-mode-e', 'mbus'),
  port: optional(integer(1, 65_535)),
  /** Logical device: wPort, or upper HDLC address. 1 is the management logical device. */
  serverAddress: integer(0, 0x3fff),
  /** Lower HDLC address, where the server address has one. */
  physicalAddress: optional(integer(0, 0x3fff)),
  serverAddressSize: optional(choice(1, 2, 4)),
  /** Longest information field proposed in SNRM, bytes. */
  maxInfoLength: optional(integer(32, 2_030)),
  windowSize: optional(integer(1, 7)),
  baud: optional(integer(300, 921_600)),
})

const ciphering = record({
  suite: choice(0, 1, 2),
  policy: choice('none', 'authenticated', 'encrypted', 'authenticated-encrypted'),
  service: choice('global', 'general-global', 'dedicated', 'general-dedicated', 'general-ciphering'),
})

const association = record({
  purpose: choice('public', 'reading', 'management', 'firmware', 'installation', 'push'),
  /** Client SAP: 16 public, 1 management. */
  clientAddress: integer(1, 0x7f),
  mechanism: choice('none', 'low', 'manufacturer', 'md5', 'sha1', 'gmac', 'sha256', 'ecdsa'),
  /** Absent: the context without ciphering. */
  ciphering: optional(ciphering),
  /** Where the meter tells which counter it expects next, and the client address that may read it. */
  invocationCounter: optional(record({ obis, clientAddress: integer(1, 0x7f) })),
})

const column = record({
  classId: integer(1, 0xffff),
  obis,
  attribute: integer(-128, 127),
  dataIndex: optional(integer(0, 0xffff)),
  /** What the head-end makes of it: A+, A-, R+, R- of an interval, or a word of its own. */
  channel: optional(text()),
  scaler: optional(scaler),
  unit: optional(unit),
})

const profile = record({
  purpose: choice(
    'load',
    'daily',
    'billing',
    'events',
    'fraud',
    'power-quality',
    'communication',
    'mbus',
    'other',
  ),
  obis,
  version: optional(integer(0, 1)),
  /** Seconds; 0: captured by events or calls. */
  periodS: optional(integer(0, 31_622_400)),
  entries: optional(integer(0, 0xffff_ffff)),
  columns: list(column, 64),
  /** False: a client may change the columns, so they are read before the first row. */
  columnsFixed: optional(yesNo),
  /** Which end of the interval the time stamp names. */
  stamp: optional(choice('interval-end', 'interval-start', 'capture')),
  access: optional(list(choice('range', 'entry', 'all'), 3)),
})

const object = record({ classId: integer(1, 0xffff), obis })

const register = record({
  obis,
  classId: choice(1, 3, 4, 5),
  attribute: optional(integer(2, 127)),
  scaler: optional(scaler),
  unit: optional(unit),
})

/** One column of a push. Without `obis`: a value that only marks the list. */
const pushColumn = record({
  obis: optional(obis),
  scaler: optional(scaler),
  unit: optional(unit),
})

const push = record({
  name: text(),
  /**
   * positional: values alone, known by their place; obis-value: a list of alternating logical names and
   * values; obis-value-unit: an array of structures { logical name, value, { scaler, unit }? }.
   */
  form: choice('positional', 'obis-value', 'obis-value-unit'),
  /** Text at the beginning of the first value. */
  begins: optional(text()),
  /** Elements of the list as sent (for obis-value: names and values both counted). */
  count: integer(1, 200),
  columns: list(pushColumn, 200),
})

export const quirks = [
  /** Selective access is granted and then ignored: the whole buffer comes. */
  'ignores-selective-access',
  'no-selective-access',
  /** The release inside a ciphered association must go unciphered. */
  'rlrq-unciphered',
  /** The length bytes of its release answer are wrong. */
  'rlre-wrong-length',
  /** multiple-references is granted, lists are refused. */
  'no-multiple-references',
  /** date-time fields without the octet-string tag in notifications. */
  'date-time-without-tag',
  /** Repeated values and computable time stamps come as null-data. */
  'null-data-compression',
  /** The first counter of the server is 0. */
  'server-counter-from-zero',
  /** protocol-version is sent in the AARE. */
  'aare-protocol-version',
  /** Closes the connection after the release without an answer. */
  'closes-on-release',
  /** Takes one connection at a time. */
  'one-connection',
  /** The header of general-ciphering is no part of the authenticated data: SC and AK are all of it. */
  'general-header-not-authenticated',
] as const

const identity = record({
  serial: optional(obis),
  logicalDeviceName: optional(obis),
  firmware: optional(list(obis, 8)),
})

const clockSpec = record({
  obis,
  /** Sign of the deviation on the wire: the standard's UTC = local + deviation, its opposite, or none sent. */
  deviation: choice('standard', 'inverted', 'none'),
  timeZone: optional(text(/^[A-Za-z_]+(\/[A-Za-z_+-]+\d*)*$/, "write an IANA zone, as 'Europe/Bucharest'")),
  daylightSaving: choice('switches', 'standard-time-only'),
  adjust: optional(choice('set-time', 'shift-time', 'preset-time')),
})

const objects = record({
  relay: optional(object),
  limiter: optional(object),
  imageTransfer: optional(object),
  activityCalendar: optional(object),
  specialDays: optional(object),
  securitySetup: optional(object),
  pushSetups: optional(list(object, 16)),
  alarmRegisters: optional(list(object, 8)),
  mbusClients: optional(list(object, 8)),
})

export const meterModelSpec = record({
  format: choice('contor-meter-model/1'),
  id: identifier,
  title: text(),
  description: optional(text()),
  /** Where the facts come from. */
  source: optional(record({ name: text(), path: optional(text()), licence: text() })),
  /** FLAG ids of the makers whose system titles begin so. */
  manufacturers: optional(list(text(/^[A-Z]{3}$/, 'write a FLAG id of three capital letters'), 100)),
  referencing: choice('logical-name', 'short-name'),
  transports: list(transport, 8),
  associations: list(association, 16),
  identity: optional(identity),
  clock: optional(clockSpec),
  profiles: optional(list(profile, 64)),
  registers: optional(list(register, 500)),
  objects: optional(objects),
  pushes: optional(list(push, 16)),
  quirks: optional(list(choice(...quirks), quirks.length)),
  /** What a draft could not find out; a finished model has none. */
  openQuestions: optional(list(text(), 100)),
})

export type MeterModel = From<typeof meterModelSpec>
export type Quirk = (typeof quirks)[number]

export type ModelCheck =
  | { readonly ok: true; readonly model: MeterModel }
  | { readonly ok: false; readonly issues: readonly ModelIssue[] }

/** Checks a parsed JSON document. Never throws; at most 100 issues are listed. */
export function validateModel(json: unknown): ModelCheck {
  const issues: ModelIssue[] = []
  const report = (issue: ModelIssue) => {
    if (issues.length < maxIssues) issues.push(issue)
  }
  if (!meterModelSpec.check(json, '', report)) return { ok: false, issues }
  checkAssociations(json, report)
  checkLists(json, report)
  return issues.length === 0 ? { ok: true, model: json } : { ok: false, issues }
}

/** JSON Schema (2020-12) of a meter model, for editors. */
export function meterModelSchema(): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Contor meter model',
    ...meterModelSpec.jsonSchema(),
  }
}

function checkAssociations(model: MeterModel, report: (issue: ModelIssue) => void): void {
  const seen = new Set<number>()
  model.associations.forEach(({ clientAddress, mechanism, ciphering, invocationCounter }, i) => {
    const field = `associations[${i}]`
    if (seen.has(clientAddress)) {
      report({
        field: `${field}.clientAddress`,
        value: shown(clientAddress),
        problem: 'is used twice',
        remedy: 'give each association its own client address',
      })
    }
    seen.add(clientAddress)
    if ((mechanism === 'gmac' || mechanism === 'ecdsa') && ciphering === undefined) {
      report({
        field: `${field}.ciphering`,
        value: shown(ciphering),
        problem: `is missing, but ${mechanism} needs keys`,
        remedy: 'add the suite, the policy and the service',
      })
    }
    const reader = invocationCounter?.clientAddress
    const by = model.associations.find((other) => other.clientAddress === reader)
    if (reader !== undefined && (by === undefined || by.ciphering !== undefined)) {
      report({
        field: `${field}.invocationCounter.clientAddress`,
        value: shown(reader),
        problem:
          'names no association without ciphering, so the counter could not be read before it is needed',
        remedy: 'name the client address of the public association, or leave the counter out',
      })
    }
  })
}

function checkLists(model: MeterModel, report: (issue: ModelIssue) => void): void {
  model.profiles?.forEach(({ purpose, periodS }, i) => {
    if (purpose === 'load' && (periodS === undefined || periodS === 0)) {
      report({
        field: `profiles[${i}].periodS`,
        value: shown(periodS),
        problem: 'is missing, but a load profile has a period',
        remedy: 'write the capture period in seconds (attribute 4)',
      })
    }
  })
  model.pushes?.forEach(({ form, count, columns }, i) => {
    if (form === 'positional' && columns.length !== count) {
      report({
        field: `pushes[${i}].columns`,
        value: shown(columns.length),
        problem: `does not have the ${count} columns that "count" says`,
        remedy: 'list every element, those without a meaning as {}',
      })
    }
  })
}
