// Frames of conformance/frames/bench from wire bytes to a value tree, one core.
import { readFileSync } from 'node:fs'
import {
  type Data,
  decodeApdu,
  decodeData,
  decodeHdlcFrame,
  decodeProfileColumns,
  decodeWrapperFrame,
  encodeApdu,
  expandProfileBuffer,
  fromHex,
  type Parse,
  protect,
  unprotect,
} from '@contor/dlms'
import { nodeCrypto } from '@contor/dlms/node'
import { dlmsCipheringBenches } from './dlmsCiphering.ts'
import { cpuRate, round } from './measure.ts'
import { naiveGeneralGlo, naiveHdlcPush, naiveWrapperGet } from './naive.ts'
import type { Bench, Figure } from './types.ts'

const keys = {
  encryptionKey: fromHex('00112233445566778899aabbccddeeff'),
  authenticationKey: fromHex('ffeeddccbbaa99887766554433221100'),
}
const captured = [
  { classId: 8, attribute: 2 },
  ...Array.from({ length: 4 }, () => ({ classId: 3, attribute: 2 })),
]
/** Of the LLC header that begins the first information field of an APDU. */
const llcLength = 3
/** invoke-id-and-priority and the rest of a GET-response-normal before its Data. */
const getResponseHeader = 4

function frame(name: string): Uint8Array {
  return fromHex(readFileSync(new URL(`../conformance/frames/bench/${name}.hex`, import.meta.url), 'utf8'))
}

function must<T>(parse: Parse<T>): T {
  if (parse.kind !== 'ok') throw new Error(`the bench frame does not decode: ${JSON.stringify(parse)}`)
  return parse.value
}

/** The one Data of a notification or a GET response. */
function dataOf(apdu: Uint8Array): Data {
  const decoded = must(decodeApdu(apdu))
  if (decoded.kind === 'data-notification') return decoded.body
  if (decoded.kind === 'get-response' && decoded.form === 'normal' && decoded.result.ok)
    return decoded.result.data
  throw new Error(`the bench frame is a ${decoded.kind}`)
}

function hdlcPush(wire: Uint8Array): Data {
  return dataOf(must(decodeHdlcFrame(wire)).information.subarray(llcLength))
}

function generalGlo(wire: Uint8Array): Data {
  const apdu = must(decodeApdu(wire))
  if (apdu.kind !== 'general-glo-ciphering') throw new Error(`the bench frame is a ${apdu.kind}`)
  return dataOf(
    must(unprotect(apdu.content, { keys, systemTitle: apdu.systemTitle, crypto: nodeCrypto })).plain,
  )
}

function wrapperGet(wire: Uint8Array): Data {
  return dataOf(must(decodeWrapperFrame(wire)).payload)
}

function countElements(value: { type: unknown; value: unknown }): number {
  if (!Array.isArray(value.value)) return 1
  return value.value.reduce((sum: number, element) => sum + countElements(element), 1)
}

function figure(name: string, value: number, baseline: number, note: string): Figure {
  return {
    name,
    value: Math.round(value),
    unit: 'frames/s',
    baseline: Math.round(baseline),
    ratio: round(value / baseline, 2),
    note,
  }
}

const decode: Bench = {
  name: 'dlms decode',
  async run() {
    const push = frame('a_hdlc_push_kamstrup')
    const glo = frame('b_glo_apdu_kamstrup')
    const get = frame('c_wrapper_get_profile_96x5')
    const buffers = [push, glo, get].map((bytes) => Buffer.from(bytes))
    const informationOffset = push.length - 3 - must(decodeHdlcFrame(push)).information.length
    const cipher = Buffer.from(keys.encryptionKey)
    const authentication = Buffer.from(keys.authenticationKey)
    const ways = [
      {
        name: 'HDLC push to value tree',
        ours: () => hdlcPush(push),
        naive: () => naiveHdlcPush(buffers[0], informationOffset),
        peers: 'C 162–181 k, Java 241–282 k, Python 2.5–2.8 k, npm 50–67 k',
      },
      {
        name: 'general-glo APDU deciphered to value tree',
        ours: () => generalGlo(glo),
        naive: () => naiveGeneralGlo(buffers[1], cipher, authentication),
        peers: 'C 12–14 k (software AES), Java 76–94 k, Python 5.1 k',
      },
      {
        name: 'wrapper GET profile 96×5 to value tree',
        ours: () => wrapperGet(get),
        naive: () => naiveWrapperGet(buffers[2]),
        peers: 'C 15–18 k, Java 54–64 k, Python 1.1 k',
      },
    ]
    const figures: Figure[] = []
    for (const { name, ours, naive, peers } of ways) {
      const elements = countElements(ours())
      if (countElements(naive()) !== elements) throw new Error(`${name}: the two decoders disagree`)
      const note = `${elements} elements; baseline: naive decoder without checks; published peers, frames/s: ${peers}`
      figures.push(figure(name, cpuRate(1, ours), cpuRate(1, naive), note))
    }
    figures.push(columns(get))
    return figures
  },
}

function columns(get: Uint8Array): Figure {
  const fast = () => {
    const { payload } = must(decodeWrapperFrame(get))
    return must(decodeProfileColumns(payload, captured, 900, { offset: getResponseHeader }))
  }
  const slow = () => expandProfileBuffer(wrapperGet(get), captured, 900)
  if (fast().rows !== slow().length) throw new Error('the two ways to a profile disagree')
  const note = 'bytes to typed arrays with instants; baseline: value tree, then expandProfileBuffer'
  return figure('wrapper GET profile 96×5 to columns', cpuRate(1, fast), cpuRate(1, slow), note)
}

const parts: Bench = {
  name: 'dlms parts',
  async run() {
    const get = frame('c_wrapper_get_profile_96x5')
    const { payload } = must(decodeWrapperFrame(get))
    const apdu = must(decodeApdu(payload))
    const data = payload.subarray(getResponseHeader)
    const glo = must(decodeApdu(frame('b_glo_apdu_kamstrup')))
    if (glo.kind !== 'general-glo-ciphering') throw new Error(`the bench frame is a ${glo.kind}`)
    const { content, systemTitle } = glo
    const options = { keys, systemTitle, crypto: nodeCrypto }
    const { plain } = must(unprotect(content, options))
    const big = new Uint8Array(payload)
    const sealed = protect(big, { ...options, control: 0x30, invocationCounter: 1 })
    const one = (name: string, unit: string, perCall: number, work: () => unknown, note: string): Figure => ({
      name,
      value: Math.round(cpuRate(perCall, () => void work())),
      unit,
      note,
    })
    const sizeNote = (bytes: Uint8Array) => `${bytes.length} bytes`
    return [
      one('decodeData profile 96×5', 'MB/s', data.length / 1e6, () => decodeData(data), sizeNote(data)),
      one('decodeApdu GET-response 96×5', 'apdus/s', 1, () => decodeApdu(payload), sizeNote(payload)),
      one('encodeApdu GET-response 96×5', 'apdus/s', 1, () => encodeApdu(apdu), sizeNote(payload)),
      one(
        'unprotect push',
        'apdus/s',
        1,
        () => unprotect(content, options),
        `${plain.length} bytes, one AES-GCM open`,
      ),
      one(
        'unprotect profile',
        'apdus/s',
        1,
        () => unprotect(sealed, options),
        `${big.length} bytes, one AES-GCM open`,
      ),
      one(
        'protect profile',
        'apdus/s',
        1,
        () => protect(big, { ...options, control: 0x30, invocationCounter: 1 }),
        `${big.length} bytes, one AES-GCM seal`,
      ),
    ]
  },
}

export const dlmsBenches: readonly Bench[] = [decode, parts, ...dlmsCipheringBenches]
