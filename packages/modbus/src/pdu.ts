// Modbus application protocol (V1.1b3): PDUs of the standard function codes as a tree.

import type { Walk } from './tree.ts'

export const functionNames: Readonly<Record<number, readonly [en: string, ro: string]>> = {
  1: ['read coils', 'citire bobine'],
  2: ['read discrete inputs', 'citire intrări discrete'],
  3: ['read holding registers', 'citire registre de păstrare'],
  4: ['read input registers', 'citire registre de intrare'],
  5: ['write single coil', 'scriere bobină'],
  6: ['write single register', 'scriere registru'],
  7: ['read exception status', 'citire stare de excepție'],
  8: ['diagnostics', 'diagnostic'],
  11: ['get comm event counter', 'contor de evenimente'],
  12: ['get comm event log', 'jurnal de evenimente'],
  15: ['write multiple coils', 'scriere mai multe bobine'],
  16: ['write multiple registers', 'scriere mai multe registre'],
  17: ['report server id', 'identificator server'],
  20: ['read file record', 'citire înregistrare de fișier'],
  21: ['write file record', 'scriere înregistrare de fișier'],
  22: ['mask write register', 'scriere registru cu mască'],
  23: ['read/write multiple registers', 'citire/scriere mai multe registre'],
  24: ['read FIFO queue', 'citire coadă FIFO'],
  43: ['encapsulated interface transport', 'transport de interfață încapsulată'],
}

export const exceptionNames: Readonly<Record<number, readonly [en: string, ro: string]>> = {
  1: ['illegal function', 'funcție nepermisă'],
  2: ['illegal data address', 'adresă nepermisă'],
  3: ['illegal data value', 'valoare nepermisă'],
  4: ['server device failure', 'defecțiune a dispozitivului'],
  5: ['acknowledge', 'confirmare, în lucru'],
  6: ['server device busy', 'dispozitiv ocupat'],
  8: ['memory parity error', 'eroare de paritate a memoriei'],
  10: ['gateway path unavailable', 'cale indisponibilă în gateway'],
  11: ['gateway target failed to respond', 'dispozitivul din spatele gateway-ului nu răspunde'],
}

const objectNames = [
  'vendor-name',
  'product-code',
  'revision',
  'vendor-url',
  'product-name',
  'model-name',
  'application-name',
] as const

/** Octets of a PDU (function code and data) in one direction; undefined when more are needed to know. */
export function pduLength(pdu: Uint8Array, side: Side): number | undefined {
  const code = pdu[0]
  if (code === undefined) return undefined
  if (code & 0x80) return 2
  if (side === 'request') {
    if ([1, 2, 3, 4, 5, 6, 8].includes(code)) return 5
    if ([7, 11, 12, 17].includes(code)) return 1
    if (code === 15 || code === 16) return pdu[5] === undefined ? undefined : 6 + pdu[5]
    if (code === 20 || code === 21) return pdu[1] === undefined ? undefined : 2 + pdu[1]
    if (code === 22) return 7
    if (code === 23) return pdu[9] === undefined ? undefined : 10 + pdu[9]
    if (code === 24) return 3
    return code === 43 && pdu[1] === 0x0e ? 4 : undefined
  }
  if ([1, 2, 3, 4, 12, 17, 20, 21, 23].includes(code)) return pdu[1] === undefined ? undefined : 2 + pdu[1]
  if ([5, 6, 8, 11, 15, 16].includes(code)) return 5
  if (code === 7) return 2
  if (code === 22) return 7
  if (code === 24) return pdu[2] === undefined ? undefined : 3 + (((pdu[1] as number) << 8) | pdu[2])
  return undefined
}

export type Side = 'request' | 'response'

/** Adds the nodes of the PDU that ends at `walk.end`. */
export function walkPdu(walk: Walk, side: Side): void {
  const at = walk.at
  const code = walk.u8('function-code')
  const name = functionNames[code & 0x7f]
  if (name) walk.say(name)
  if (code & 0x80) {
    const exception = walk.u8('exception-code')
    const meaning = exceptionNames[exception]
    walk.say(meaning ?? ['reserved', 'rezervat'])
  } else if (!name) {
    if (!((code >= 65 && code <= 72) || (code >= 100 && code <= 110))) {
      walk.stop('function-code', `function code ${code} is not a public one`, at)
    }
    walk.rest('user-defined')
  } else if (side === 'request') walkRequest(walk, code)
  else walkResponse(walk, code)
  if (walk.left > 0) walk.stop('trailing', 'octets behind the end of the PDU', walk.at)
}

function walkRequest(walk: Walk, code: number): void {
  if (code <= 4) {
    walk.u16('starting-address')
    quantity(walk, code <= 2 ? 2000 : 125)
  } else if (code === 5 || code === 6) single(walk, code)
  else if (code === 8) {
    walk.u16('sub-function')
    walk.rest('data')
  } else if (code === 15 || code === 16) {
    walk.u16('starting-address')
    const count = quantity(walk, code === 15 ? 1968 : 123)
    values(walk, code === 15 ? Math.ceil(count / 8) : 2 * count, code === 16)
  } else if (code === 20 || code === 21) files(walk, code, 'request')
  else if (code === 22) masks(walk)
  else if (code === 23) {
    walk.u16('read-starting-address')
    quantity(walk, 125)
    walk.u16('write-starting-address')
    values(walk, 2 * quantity(walk, 121), true)
  } else if (code === 24) walk.u16('fifo-pointer-address')
  else if (code === 43) {
    if (mei(walk)) {
      walk.u8('read-device-id-code')
      walk.u8('object-id')
    }
  }
}

function walkResponse(walk: Walk, code: number): void {
  if (code <= 2) values(walk, undefined, false)
  else if (code === 3 || code === 4 || code === 23) values(walk, undefined, true)
  else if (code === 5 || code === 6) single(walk, code)
  else if (code === 7) walk.u8('output-data')
  else if (code === 8) {
    walk.u16('sub-function')
    walk.rest('data')
  } else if (code === 11) {
    walk.u16('status')
    walk.u16('event-count')
  } else if (code === 12 || code === 17) {
    const count = walk.u8('byte-count')
    if (count !== walk.left)
      walk.stop('length', `byte count ${count}, ${walk.left} octets follow`, walk.at - 1)
    if (code === 12) {
      walk.u16('status')
      walk.u16('event-count')
      walk.u16('message-count')
    }
    walk.rest(code === 12 ? 'events' : 'server-id')
  } else if (code === 15 || code === 16) {
    walk.u16('starting-address')
    quantity(walk, code === 15 ? 1968 : 123)
  } else if (code === 20 || code === 21) files(walk, code, code === 20 ? 'response' : 'request')
  else if (code === 22) masks(walk)
  else if (code === 24) {
    const bytes = walk.u16('byte-count')
    if (bytes !== walk.left)
      walk.stop('length', `byte count ${bytes}, ${walk.left} octets follow`, walk.at - 2)
    const count = walk.u16('fifo-count')
    if (count > 31 || 2 * count !== walk.left) walk.stop('length', 'the FIFO count does not fit', walk.at - 2)
    registers(walk)
  } else if (code === 43 && mei(walk)) deviceIdentification(walk)
}

function quantity(walk: Walk, most: number): number {
  const at = walk.at
  const count = walk.u16('quantity')
  if (count < 1 || count > most) walk.stop('quantity', `quantity ${count} is not within 1 and ${most}`, at)
  return count
}

function single(walk: Walk, code: number): void {
  walk.u16(code === 5 ? 'output-address' : 'register-address')
  const at = walk.at
  const value = walk.u16(code === 5 ? 'output-value' : 'register-value')
  if (code !== 5) return
  if (value !== 0 && value !== 0xff00) walk.stop('value', 'a coil is 0000 or FF00', at)
  walk.say(value === 0 ? ['off', 'oprit'] : ['on', 'pornit'])
}

function masks(walk: Walk): void {
  walk.u16('reference-address')
  walk.u16('and-mask')
  walk.u16('or-mask')
}

function values(walk: Walk, expected: number | undefined, words: boolean): void {
  const at = walk.at
  const count = walk.u8('byte-count')
  if (count !== walk.left || (expected !== undefined && count !== expected) || (words && count % 2 === 1)) {
    walk.stop('length', `byte count ${count}, ${walk.left} octets follow`, at)
  }
  if (words) registers(walk)
  else walk.rest('status')
}

function registers(walk: Walk): void {
  for (let i = 0; walk.left > 0; i++) walk.u16(`register ${i}`)
}

function files(walk: Walk, code: number, side: Side): void {
  const at = walk.at
  const count = walk.u8('byte-count')
  if (count !== walk.left) walk.stop('length', `byte count ${count}, ${walk.left} octets follow`, at)
  for (let i = 0; walk.left > 0; i++) {
    walk.group(`record ${i}`, () => {
      const length = side === 'response' ? walk.u8('file-response-length') : undefined
      const type = walk.u8('reference-type')
      if (type !== 6) walk.stop('reference-type', 'the reference type is 6', walk.at - 1)
      if (length === undefined) {
        walk.u16('file-number')
        walk.u16('record-number')
        const records = walk.u16('record-length')
        if (code === 21) walk.octets('record-data', 2 * records)
      } else walk.octets('record-data', Math.max(0, length - 1))
    })
  }
}

/** True for device identification; other interfaces (CANopen) stay octets. */
function mei(walk: Walk): boolean {
  const type = walk.u8('mei-type')
  if (type === 0x0e) return true
  walk.rest('mei-data')
  return false
}

function deviceIdentification(walk: Walk): void {
  walk.u8('read-device-id-code')
  walk.u8('conformity-level')
  walk.u8('more-follows')
  walk.u8('next-object-id')
  const count = walk.u8('number-of-objects')
  for (let i = 0; i < count; i++) {
    walk.group(`object ${i}`, (node) => {
      const id = walk.u8('object-id')
      const length = walk.u8('object-length')
      const name = objectNames[id] ?? `object-${id}`
      node.text = `${name}: ${walk.text('object-value', length)}`
    })
  }
}
