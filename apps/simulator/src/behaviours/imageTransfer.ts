import { createHash } from 'node:crypto'
import { data, decodeAs, imageTransfer } from '@contor/dlms'
import { type CosemObject, given, refused } from '../cosem.ts'

/** image_transfer_status of class 18. */
const status = {
  notInitiated: 0,
  initiated: 1,
  verificationInitiated: 2,
  verified: 3,
  verificationFailed: 4,
  activationInitiated: 5,
  activated: 6,
  activationFailed: 7,
} as const

const magic = 'VMFW'
const versionLength = 16
const digestLength = 32
const maxImageBytes = 4 << 20
/** How long the meter takes to check an image, and to change over to it, ms. */
const verifyMs = 400
const activateMs = 600

/**
 * A firmware image as the meters of the neighbourhood take it: 'VMFW', the version in 16 bytes, the program, and
 * SHA-256 of it all.
 */
export function firmwareImage(version: string, program: Uint8Array): Uint8Array {
  const head = Buffer.alloc(magic.length + versionLength)
  head.write(magic + version.slice(0, versionLength), 'latin1')
  const body = Buffer.concat([head, program])
  return new Uint8Array(Buffer.concat([body, createHash('sha256').update(body).digest()]))
}

/** The version inside a sound image; undefined when it is none of ours or was damaged. */
function versionOf(image: Uint8Array): string | undefined {
  if (image.length < magic.length + versionLength + digestLength) return undefined
  const body = image.subarray(0, image.length - digestLength)
  const digest = createHash('sha256').update(body).digest()
  if (!digest.equals(image.subarray(image.length - digestLength))) return undefined
  const head = Buffer.from(image.subarray(0, magic.length + versionLength)).toString('latin1')
  return head.startsWith(magic) ? head.slice(magic.length).replace(/\0+$/, '') : undefined
}

interface Transfer {
  readonly identifier: Uint8Array
  readonly image: Uint8Array
  readonly received: Uint8Array
}

/**
 * Class 18, Image transfer (Blue Book 4.4.6): blocks in any order, the first gap is told, verification and
 * activation take their time and answer temporary-failure meanwhile. The image lives in RAM: a power cut ends
 * the transfer, never the running firmware.
 */
export function imageTransferObject(options: {
  readonly obis: string
  readonly blockSize: number
  readonly activated: (version: string, now: number) => void
}): CosemObject {
  const { obis, blockSize } = options
  let state: number = status.notInitiated
  let enabled = true
  let transfer: Transfer | undefined
  /** When the work under way will be done. */
  let busyUntil: number | undefined
  const methods = imageTransfer(obis)
  const firstMissing = () => {
    const gap = transfer?.received.indexOf(0) ?? 0
    return gap < 0 ? (transfer?.received.length ?? 0) : gap
  }

  function start(request: { identifier: Uint8Array; size: number }) {
    if (!enabled) return 'read-write-denied' as const
    if (request.size < 1 || request.size > maxImageBytes) return 'other-reason' as const
    transfer = {
      identifier: request.identifier,
      image: new Uint8Array(request.size),
      received: new Uint8Array(Math.ceil(request.size / blockSize)),
    }
    state = status.initiated
    busyUntil = undefined
    return 'success' as const
  }

  function take({ number, block }: { number: number; block: Uint8Array }) {
    if (transfer === undefined || state !== status.initiated) return 'other-reason' as const
    const { image, received } = transfer
    const room = Math.min(blockSize, image.length - number * blockSize)
    if (number >= received.length || block.length !== room) return 'type-unmatched' as const
    image.set(block, number * blockSize)
    received[number] = 1
    return 'success' as const
  }

  /** Begins the work, answers temporary-failure while it lasts, and gives its result once. */
  function work(now: number, doing: number, takes: number, finish: () => boolean, ends: [number, number]) {
    if (state !== doing) {
      state = doing
      busyUntil = now + takes
    }
    if (busyUntil !== undefined && now < busyUntil) return 'temporary-failure' as const
    const good = finish()
    state = good ? ends[0] : ends[1]
    busyUntil = undefined
    return good ? ('success' as const) : ('other-reason' as const)
  }

  function verify(now: number) {
    if (transfer === undefined || firstMissing() < transfer.received.length) return 'other-reason' as const
    const { image } = transfer
    return work(now, status.verificationInitiated, verifyMs, () => versionOf(image) !== undefined, [
      status.verified,
      status.verificationFailed,
    ])
  }

  function activate(now: number) {
    if (transfer === undefined) return 'other-reason' as const
    if (state !== status.verified && state !== status.activationInitiated) {
      // An image that was not verified before is verified now (Blue Book 4.4.6.3.4).
      const verified = verify(now)
      if (verified !== 'success') return verified
    }
    const version = versionOf(transfer.image)
    return work(
      now,
      status.activationInitiated,
      activateMs,
      () => {
        if (version !== undefined) options.activated(version, now)
        return version !== undefined
      },
      [status.activated, status.activationFailed],
    )
  }

  return {
    classId: 18,
    version: 0,
    obis,
    attributes: 7,
    methods: 4,
    get(attribute) {
      switch (attribute) {
        case 2:
          return given(data.u32(blockSize))
        case 3:
          return given(data.bits([...(transfer?.received ?? [])].join('')))
        case 4:
          return given(data.u32(firstMissing()))
        case 5:
          return given(data.bool(enabled))
        case 6:
          return given(data.enum(state))
        case 7:
          return given(
            data.array(
              ...(transfer
                ? [
                    data.structure(
                      data.u32(transfer.image.length),
                      data.octets(transfer.identifier),
                      data.octets(new Uint8Array(0)),
                    ),
                  ]
                : []),
            ),
          )
        default:
          return refused('object-undefined')
      }
    },
    set(attribute, value) {
      if (attribute !== 5) return 'read-write-denied'
      if (value.type !== 'boolean') return 'type-unmatched'
      enabled = value.value
      return 'success'
    },
    invoke(method, parameters, { now }) {
      switch (method) {
        case 1: {
          const request = decodeAs(methods.imageTransferInitiate.parameters, parameters ?? data.nul())
          return { result: request.ok ? start(request.value) : 'type-unmatched' }
        }
        case 2: {
          const block = decodeAs(methods.imageBlockTransfer.parameters, parameters ?? data.nul())
          return { result: block.ok ? take(block.value) : 'type-unmatched' }
        }
        case 3:
          return { result: verify(now) }
        case 4:
          return { result: activate(now) }
        default:
          return { result: 'object-undefined' }
      }
    },
  }
}
