// Maps of common energy meters. Addresses are those on the wire (document addresses minus their base).

import type { RegisterDefinition, RegisterMap } from './map.ts'

type Row = readonly [
  name: string,
  address: number,
  type: RegisterDefinition['type'],
  scale: number,
  unit: string,
  quantity: string,
  obis?: string,
]

function registersOf(rows: readonly Row[], absent: Readonly<Record<string, readonly string[]>> = {}) {
  return rows.map(
    ([name, address, type, scale, unit, quantity, obis]): RegisterDefinition => ({
      name,
      address,
      type,
      ...(scale === 1 ? {} : { scale }),
      ...(unit === '' ? {} : { unit }),
      quantity,
      ...(obis === undefined ? {} : { obis }),
      ...(absent[type] ? { absent: absent[type] } : {}),
    }),
  )
}

const phases = ['l1', 'l2', 'l3'] as const

/** Three phases at a distance of `step` registers; `c` is the OBIS value group C of phase L1. */
function perPhase(
  quantity: string,
  address: number,
  step: number,
  type: RegisterDefinition['type'],
  scale: number,
  unit: string,
  c: number,
): Row[] {
  return phases.map((phase, i): Row => {
    const obis = `1-0:${c + 20 * i}.7.0`
    return [
      `${quantity.replaceAll(' ', '-')}.${phase}`,
      address + step * i,
      type,
      scale,
      unit,
      quantity,
      obis,
    ]
  })
}

/** Eastron SDM630 (v2): IEEE 754 in input registers 30001 and on. Energies are kilowatt-hours. */
export const eastronSdm630: RegisterMap = {
  id: 'eastron-sdm630',
  title: 'Eastron SDM630-Modbus',
  manufacturer: 'Eastron',
  source: 'Eastron SDM630-Modbus protocol, input registers 30001 to 30379',
  wordOrder: 'high-first',
  functionCode: 4,
  maxRegisters: 80,
  maxGap: 12,
  registers: registersOf([
    ...perPhase('voltage', 0x00, 2, 'f32', 1, 'V', 32),
    ...perPhase('current', 0x06, 2, 'f32', 1, 'A', 31),
    ...perPhase('active power', 0x0c, 2, 'f32', 1, 'W', 36),
    ...perPhase('apparent power', 0x12, 2, 'f32', 1, 'VA', 29),
    ...perPhase('reactive power', 0x18, 2, 'f32', 1, 'var', 23),
    ...perPhase('power factor', 0x1e, 2, 'f32', 1, '', 33),
    ['active-power', 0x34, 'f32', 1, 'W', 'active power', '1-0:16.7.0'],
    ['apparent-power', 0x38, 'f32', 1, 'VA', 'apparent power', '1-0:9.7.0'],
    ['reactive-power', 0x3c, 'f32', 1, 'var', 'reactive power', '1-0:3.7.0'],
    ['power-factor', 0x3e, 'f32', 1, '', 'power factor', '1-0:13.7.0'],
    ['frequency', 0x46, 'f32', 1, 'Hz', 'frequency', '1-0:14.7.0'],
    ['energy.import', 0x48, 'f32', 1000, 'Wh', 'active energy', '1-0:1.8.0'],
    ['energy.export', 0x4a, 'f32', 1000, 'Wh', 'active energy', '1-0:2.8.0'],
    ['reactive-energy.import', 0x4c, 'f32', 1000, 'varh', 'reactive energy', '1-0:3.8.0'],
    ['reactive-energy.export', 0x4e, 'f32', 1000, 'varh', 'reactive energy', '1-0:4.8.0'],
    ['energy.total', 0x156, 'f32', 1000, 'Wh', 'active energy', '1-0:15.8.0'],
    ['reactive-energy.total', 0x158, 'f32', 1000, 'varh', 'reactive energy'],
  ]),
}

/** Carlo Gavazzi EM330/EM340, ET330/ET340: integers with the low register first. */
export const carloGavazziEm340: RegisterMap = {
  id: 'carlo-gavazzi-em340',
  title: 'Carlo Gavazzi EM340',
  manufacturer: 'Carlo Gavazzi',
  source: 'EM330/EM340/ET330/ET340 communication protocol, table of instantaneous variables and meters',
  wordOrder: 'low-first',
  functionCode: 3,
  maxRegisters: 80,
  maxGap: 12,
  registers: registersOf(
    [
      ...perPhase('voltage', 0x00, 2, 'i32', 0.1, 'V', 32),
      ...perPhase('current', 0x0c, 2, 'i32', 0.001, 'A', 31),
      ...perPhase('active power', 0x12, 2, 'i32', 0.1, 'W', 36),
      ...perPhase('apparent power', 0x18, 2, 'i32', 0.1, 'VA', 29),
      ...perPhase('reactive power', 0x1e, 2, 'i32', 0.1, 'var', 23),
      ['active-power', 0x28, 'i32', 0.1, 'W', 'active power', '1-0:16.7.0'],
      ...perPhase('power factor', 0x2e, 1, 'i16', 0.001, '', 33),
      ['frequency', 0x33, 'i16', 0.1, 'Hz', 'frequency', '1-0:14.7.0'],
      ['energy.import', 0x34, 'i32', 100, 'Wh', 'active energy', '1-0:1.8.0'],
      ['energy.export', 0x4e, 'i32', 100, 'Wh', 'active energy', '1-0:2.8.0'],
    ],
    { i32: ['ffff7fff'], i16: ['7fff'] },
  ),
}

/** ABB B23 and B24: unsigned and signed integers, high register first; all ones (or 7F FF …) when not there. */
export const abbB23: RegisterMap = {
  id: 'abb-b23',
  title: 'ABB B23/B24',
  manufacturer: 'ABB',
  source: 'ABB B23/B24 user manual 2CMC485003M0201, chapter 9: mapping tables',
  wordOrder: 'high-first',
  functionCode: 3,
  maxRegisters: 64,
  maxGap: 8,
  registers: [
    ...registersOf(
      [
        ['energy.import', 0x5000, 'u64', 10, 'Wh', 'active energy', '1-0:1.8.0'],
        ['energy.export', 0x5004, 'u64', 10, 'Wh', 'active energy', '1-0:2.8.0'],
        ...phases.map(
          (phase, i): Row => [
            `energy.import.${phase}`,
            0x5460 + 4 * i,
            'u64',
            10,
            'Wh',
            'active energy',
            `1-0:${21 + 20 * i}.8.0`,
          ],
        ),
        ...phases.map(
          (phase, i): Row => [
            `energy.export.${phase}`,
            0x546c + 4 * i,
            'u64',
            10,
            'Wh',
            'active energy',
            `1-0:${22 + 20 * i}.8.0`,
          ],
        ),
        ...perPhase('voltage', 0x5b00, 2, 'u32', 0.1, 'V', 32),
        ...perPhase('current', 0x5b0c, 2, 'u32', 0.01, 'A', 31),
        ['active-power', 0x5b14, 'i32', 0.01, 'W', 'active power', '1-0:16.7.0'],
        ...perPhase('active power', 0x5b16, 2, 'i32', 0.01, 'W', 36),
        ['frequency', 0x5b2c, 'u16', 0.01, 'Hz', 'frequency', '1-0:14.7.0'],
        ['power-factor', 0x5b3a, 'i16', 0.001, '', 'power factor', '1-0:13.7.0'],
      ],
      { u64: ['ffffffffffffffff'], u32: ['ffffffff'], i32: ['7fffffff'], u16: ['ffff'], i16: ['7fff'] },
    ),
    { name: 'serial', address: 0x8900, type: 'u32', quantity: 'serial number', obis: '1-0:96.1.0' },
    { name: 'firmware', address: 0x8908, type: 'string', length: 8, quantity: 'firmware version' },
  ],
}

export const registerMaps: readonly RegisterMap[] = [eastronSdm630, carloGavazziEm340, abbB23]
