// Where the time of a ciphered frame goes, with one key and with many, and what decoding a profile allocates.
import { createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  decodeApdu,
  decodeProfileColumns,
  decodeWrapperFrame,
  encodeApdu,
  fromHex,
  type Parse,
  protect,
  unprotect,
} from '@contor/dlms'
import { nodeCrypto } from '@contor/dlms/node'
import { webCrypto } from '@contor/dlms/web'
import { cpuRate, median, round } from './measure.ts'
import type { Bench, Figure } from './types.ts'

const keys = {
  encryptionKey: fromHex('00112233445566778899aabbccddeeff'),
  authenticationKey: fromHex('ffeeddccbbaa99887766554433221100'),
}
const systemTitle = fromHex('4b414d0102030405')
const captured = [
  { classId: 8, attribute: 2 },
  ...Array.from({ length: 4 }, () => ({ classId: 3, attribute: 2 })),
]
const tagLength = 12
const headerLength = 5
const manyKeys = 10_000

function frame(name: string): Uint8Array {
  return fromHex(readFileSync(new URL(`../conformance/frames/bench/${name}.hex`, import.meta.url), 'utf8'))
}

function must<T>(parse: Parse<T>): T {
  if (parse.kind !== 'ok') throw new Error(`the bench frame does not decode: ${JSON.stringify(parse)}`)
  return parse.value
}

/** OpenSSL through node:crypto, with the key object made before: the least that a call can cost there. */
function opensslOpen(key: KeyObject, iv: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array {
  const at = sealed.length - tagLength
  const decipher = createDecipheriv('aes-128-gcm', key, iv, { authTagLength: tagLength })
  decipher.setAAD(aad)
  decipher.setAuthTag(sealed.subarray(at))
  const plain = decipher.update(sealed.subarray(0, at))
  decipher.final()
  return plain
}

type Message = {
  readonly key: Uint8Array
  readonly object: KeyObject
  readonly iv: Uint8Array
  readonly aad: Uint8Array
  readonly sealed: Uint8Array
}

function message(plain: Uint8Array, key: Uint8Array): Message {
  const iv = Uint8Array.from([...systemTitle, 0, 0, 0, 1])
  const aad = Uint8Array.from([0x30, ...keys.authenticationKey])
  const sealed = nodeCrypto.aesGcmSeal(key, iv, aad, plain, tagLength)
  return { key, object: createSecretKey(key), iv, aad, sealed }
}

/** Calls of `open` on one message after the other. */
function inTurn<T>(messages: readonly T[], open: (message: T) => unknown): () => void {
  let next = 0
  return () => {
    open(messages[next])
    next = (next + 1) % messages.length
  }
}

const viaOpenssl = ({ object, iv, aad, sealed }: Message) => opensslOpen(object, iv, aad, sealed)
const viaProvider = ({ key, iv, aad, sealed }: Message) =>
  nodeCrypto.aesGcmOpen(key, iv, aad, sealed, tagLength)
/** Takes WebAssembly whatever the length. */
const viaSimd = ({ key, iv, aad, sealed }: Message) => webCrypto.aesGcmOpen(key, iv, aad, sealed, tagLength)

function compared(name: string, unit: string, ours: number, baseline: number, note: string): Figure {
  return {
    name,
    value: Math.round(ours),
    unit,
    baseline: Math.round(baseline),
    ratio: round(ours / baseline, 2),
    note,
  }
}

const ciphering: Bench = {
  name: 'dlms ciphering',
  async run() {
    const wire = frame('b_glo_apdu_kamstrup')
    const outer = must(decodeApdu(wire))
    if (outer.kind !== 'general-glo-ciphering') throw new Error(`the bench frame is a ${outer.kind}`)
    const { content, systemTitle: title } = outer
    const open = () => must(unprotect(content, { keys, systemTitle: title, crypto: nodeCrypto })).plain
    const plain = open()
    const whole = () => {
      must(decodeApdu(wire))
      must(decodeApdu(open()))
    }
    const one = [message(plain, keys.encryptionKey)]
    const [wholeUs, cipherUs] = [whole, inTurn(one, viaProvider)].map((work) =>
      round(1e6 / cpuRate(1, () => void work()), 2),
    )
    const share: Figure = {
      name: 'share of AES-GCM in a general-glo frame',
      value: Math.round((100 * cipherUs) / wholeUs),
      unit: '%',
      note: `${cipherUs} of ${wholeUs} µs; the rest is decoding 66 elements and the security header`,
    }
    const many = Array.from({ length: manyKeys }, (_, n) => message(plain, key(n)))
    const sizes = [64, 447, 1024, 2048, 4096, 16384].map((size) => {
      const messages = [message(new Uint8Array(size), keys.encryptionKey)]
      const [simd, openssl] = [viaSimd, viaOpenssl].map((way) => cpuRate(1, inTurn(messages, way), 5, 150))
      return compared(`AES-GCM open on WebAssembly, ${size} octets`, 'opens/s', simd, openssl, openssl1)
    })
    return [
      share,
      compared(
        'AES-GCM open, one key',
        'opens/s',
        cpuRate(1, inTurn(one, viaProvider)),
        cpuRate(1, inTurn(one, viaOpenssl)),
        `${plain.length} octets; ${openssl1}`,
      ),
      compared(
        'AES-GCM open, 10,000 keys in turn',
        'opens/s',
        cpuRate(1, inTurn(many, viaProvider)),
        cpuRate(1, inTurn(many, viaOpenssl)),
        `${plain.length} octets; ${openssl1}`,
      ),
      ...sizes,
    ]
  },
}

const openssl1 = 'baseline: OpenSSL by node:crypto with its key object made before'

function key(n: number): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, i) => ((n + 1) * (i + 7) * 2_654_435_761) >>> (n % 24))
}

/** Octets that one call allocates on the heap and outside; rounds in which memory was collected fall out. */
function allocated(work: () => unknown): number {
  for (let i = 0; i < 2000; i++) work()
  const calls = 20
  const rounds: number[] = []
  while (rounds.length < 30) {
    const before = process.memoryUsage()
    for (let i = 0; i < calls; i++) work()
    const after = process.memoryUsage()
    const heap = after.heapUsed - before.heapUsed
    const outside = after.arrayBuffers - before.arrayBuffers
    if (heap >= 0 && outside >= 0) rounds.push((heap + outside) / calls)
  }
  return median(rounds)
}

const profile: Bench = {
  name: 'dlms profile',
  async run() {
    const { payload } = must(decodeWrapperFrame(frame('c_wrapper_get_profile_96x5')))
    const apdu = must(decodeApdu(payload))
    const columns = () => must(decodeProfileColumns(payload, captured, 900, { offset: 4 }))
    const { rows } = columns()
    const values = rows * captured.length
    const perValue = (name: string, work: () => unknown): Figure => ({
      name: `${name}: allocated`,
      value: round(allocated(work) / values, 1),
      unit: 'B/value',
      note: `${values} values; heap and array buffers`,
    })
    const sealing = { keys, systemTitle, crypto: nodeCrypto, control: 0x30, invocationCounter: 1 }
    const short = frame('a_hdlc_push_kamstrup').subarray(0, 100)
    return [
      {
        name: 'profile to columns',
        value: Math.round(cpuRate(rows, columns)),
        unit: 'rows/s',
        note: `${rows} rows of ${captured.length} columns; 8 octets a value are the column itself`,
      },
      perValue('profile to columns', columns),
      perValue('profile to value tree', () => decodeApdu(payload)),
      perValue('profile encoded', () => encodeApdu(apdu)),
      {
        name: 'protect request',
        value: Math.round(cpuRate(1, () => void protect(short, sealing))),
        unit: 'apdus/s',
        note: `${short.length} octets, header of ${headerLength}, one AES-GCM seal`,
      },
    ]
  },
}

export const dlmsCipheringBenches: readonly Bench[] = [ciphering, profile]
