// The straightforward decoder that a first reading of the book gives: every element cuts its bytes out as a
// slice and hands the rest on. It checks nothing. Benches use it as the baseline where no peer can be run here.
import { createDecipheriv } from 'node:crypto'

export type NaiveValue = { type: number; value: unknown }
type Step = { value: NaiveValue; rest: Buffer }

function lengthOf(bytes: Buffer): { length: number; rest: Buffer } {
  if (bytes[0] < 0x80) return { length: bytes[0], rest: bytes.subarray(1) }
  const size = bytes[0] & 0x7f
  return { length: bytes.readUIntBE(1, size), rest: bytes.subarray(1 + size) }
}

const numbers: Record<number, [size: number, read: (bytes: Buffer) => number | bigint | boolean]> = {
  3: [1, (b) => b[0] !== 0],
  5: [4, (b) => b.readInt32BE()],
  6: [4, (b) => b.readUInt32BE()],
  15: [1, (b) => b.readInt8()],
  16: [2, (b) => b.readInt16BE()],
  17: [1, (b) => b.readUInt8()],
  18: [2, (b) => b.readUInt16BE()],
  20: [8, (b) => b.readBigInt64BE()],
  21: [8, (b) => b.readBigUInt64BE()],
  22: [1, (b) => b.readUInt8()],
}

function naiveData(bytes: Buffer): Step {
  const type = bytes[0]
  const body = bytes.subarray(1)
  if (type === 0) return { value: { type, value: null }, rest: body }
  if (type === 1 || type === 2) {
    let { length, rest } = lengthOf(body)
    const elements: NaiveValue[] = []
    while (length-- > 0) {
      const step = naiveData(rest)
      elements.push(step.value)
      rest = step.rest
    }
    return { value: { type, value: elements }, rest }
  }
  if (type === 9 || type === 10) {
    const { length, rest } = lengthOf(body)
    const content = Buffer.from(rest.subarray(0, length))
    return {
      value: { type, value: type === 10 ? content.toString('latin1') : content },
      rest: rest.subarray(length),
    }
  }
  const fixed = numbers[type]
  if (!fixed) throw new Error(`tag ${type}`)
  const [size, read] = fixed
  return { value: { type, value: read(body.subarray(0, size)) }, rest: body.subarray(size) }
}

/** Bit by bit, as the appendix of the standard writes it. */
function naiveCrc(bytes: Buffer): number {
  let crc = 0xffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x8408 : crc >>> 1
  }
  return crc ^ 0xffff
}

function naiveNotification(apdu: Buffer): NaiveValue {
  const { length, rest } = lengthOf(apdu.subarray(5))
  return naiveData(rest.subarray(length)).value
}

/** HDLC frame of one-octet source and destination addresses with a data-notification behind the LLC header. */
export function naiveHdlcPush(wire: Buffer, informationOffset: number): NaiveValue {
  const end = wire.length - 3
  if (naiveCrc(wire.subarray(1, end)) !== wire.readUInt16LE(end)) throw new Error('fcs')
  return naiveNotification(wire.subarray(informationOffset + 3, end))
}

/** general-glo-ciphering, suite 0, authenticated and encrypted, around a data-notification. */
export function naiveGeneralGlo(apdu: Buffer, encryptionKey: Buffer, authenticationKey: Buffer): NaiveValue {
  const title = apdu.subarray(2, 2 + apdu[1])
  const { length, rest } = lengthOf(apdu.subarray(2 + apdu[1]))
  const content = rest.subarray(0, length)
  const decipher = createDecipheriv(
    'aes-128-gcm',
    encryptionKey,
    Buffer.concat([title, content.subarray(1, 5)]),
    {
      authTagLength: 12,
    },
  )
  decipher.setAAD(Buffer.concat([content.subarray(0, 1), authenticationKey]))
  decipher.setAuthTag(content.subarray(-12))
  const plain = Buffer.concat([decipher.update(content.subarray(5, -12)), decipher.final()])
  return naiveNotification(plain)
}

/** wrapper, GET-response-normal. */
export function naiveWrapperGet(wire: Buffer): NaiveValue {
  return naiveData(wire.subarray(8 + 4)).value
}
