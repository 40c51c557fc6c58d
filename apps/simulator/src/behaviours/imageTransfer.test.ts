import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ActionRequest, data, imageTransfer, numberOf } from '@contor/dlms'
import type { Request } from '../cosem.ts'
import { firmwareImage, imageTransferObject } from './imageTransfer.ts'

const obis = '0.0.44.0.0.255'
const handles = imageTransfer(obis)

function meter() {
  let now = 1_000_000
  const activated: string[] = []
  const object = imageTransferObject({ obis, blockSize: 64, activated: (version) => activated.push(version) })
  const request = () => ({ now, meterNow: now }) as Request
  return {
    activated,
    pass: (ms: number) => {
      now += ms
    },
    invoke: (asked: ActionRequest) => object.invoke?.(asked.method.method, asked.data, request()).result,
    number(attribute: number) {
      const result = object.get(attribute, request())
      return result.ok ? numberOf(result.data) : undefined
    },
    blocks(image: Uint8Array, numbers: Iterable<number>) {
      for (const number of numbers) {
        const block = image.subarray(number * 64, (number + 1) * 64)
        assert.equal(this.invoke(handles.imageBlockTransfer({ number, block })), 'success')
      }
    },
  }
}

const identifier = new TextEncoder().encode('VM-2.5.0')
const image = firmwareImage(
  '2.5.0',
  Uint8Array.from({ length: 1_000 }, (_, i) => i & 0xff),
)
const blocks = Math.ceil(image.length / 64)

test('blocks in any order and more than once; the first gap is told; verified and activated in their time', () => {
  const m = meter()
  assert.equal(m.invoke(handles.imageTransferInitiate({ identifier, size: image.length })), 'success')
  m.blocks(image, [3, 0, 1, 3])
  assert.equal(m.number(4), 2)
  assert.equal(m.invoke(handles.imageVerify()), 'other-reason', 'blocks are missing')
  m.blocks(
    image,
    Array.from({ length: blocks }, (_, i) => i),
  )
  assert.equal(m.number(4), blocks)
  assert.equal(m.invoke(handles.imageVerify()), 'temporary-failure')
  assert.equal(m.number(6), 2)
  m.pass(500)
  assert.equal(m.invoke(handles.imageVerify()), 'success')
  assert.equal(m.invoke(handles.imageActivate()), 'temporary-failure')
  assert.deepEqual(m.activated, [])
  m.pass(1_000)
  assert.equal(m.invoke(handles.imageActivate()), 'success')
  assert.deepEqual(m.activated, ['2.5.0'])
  assert.equal(m.number(6), 6)
})

test('a damaged image is never activated', () => {
  const m = meter()
  const damaged = image.slice()
  damaged[200] ^= 1
  m.invoke(handles.imageTransferInitiate({ identifier, size: damaged.length }))
  m.blocks(
    damaged,
    Array.from({ length: blocks }, (_, i) => i),
  )
  m.invoke(handles.imageVerify())
  m.pass(500)
  assert.equal(m.invoke(handles.imageVerify()), 'other-reason')
  assert.equal(m.number(6), 4)
  m.invoke(handles.imageActivate())
  m.pass(5_000)
  assert.equal(m.invoke(handles.imageActivate()), 'other-reason')
  assert.deepEqual(m.activated, [])
})

test('blocks of another length, beyond the end or before the beginning are refused', () => {
  const m = meter()
  const block = image.subarray(0, 64)
  assert.equal(m.invoke(handles.imageBlockTransfer({ number: 0, block })), 'other-reason')
  m.invoke(handles.imageTransferInitiate({ identifier, size: image.length }))
  assert.equal(m.invoke(handles.imageBlockTransfer({ number: blocks, block })), 'type-unmatched')
  assert.equal(
    m.invoke(handles.imageBlockTransfer({ number: 0, block: block.subarray(1) })),
    'type-unmatched',
  )
  assert.equal(m.invoke({ method: handles.imageBlockTransfer, data: data.u8(1) }), 'type-unmatched')
  assert.equal(m.invoke(handles.imageTransferInitiate({ identifier, size: 0xffff_ffff })), 'other-reason')
})
