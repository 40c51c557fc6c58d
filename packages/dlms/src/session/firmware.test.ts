// A firmware image over a bad line: whatever is lost, repeated, reordered, late or corrupted, and wherever the
// connection is cut, the image arrives whole or the client knows where it stands and goes on there.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { type Data, data } from '../axdr/data.ts'
import { decodeAs, imageTransfer, readResult } from '../cosem/index.ts'
import type { MethodDescriptor } from '../xdlms/index.ts'
import {
  authenticationKey,
  counter,
  encryptionKey,
  MemoryModel,
  type Pair,
  pair,
  security,
  serverTitle,
} from './harness.test.ts'
import type { ClientSessionOptions, RequestId, SessionEvent } from './types.ts'

const blockSize = 200
const size = 40_000
const image = Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8)) & 0xff)
const blocks = Math.ceil(size / blockSize)
const object = imageTransfer('0.0.44.0.0.255')
const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** A block behind the number of the request that carries it, so that the meter can tell requests apart. */
function numbered(request: number, block: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(numberLength + block.length)
  new DataView(bytes.buffer).setUint32(0, request)
  bytes.set(block, numberLength)
  return bytes
}
const numberLength = 4

/** Class 18 as far as blocks go; no request may be executed a second time. */
class ImageModel extends MemoryModel {
  readonly stored = new Uint8Array(size)
  readonly written = new Array<number>(blocks).fill(0)
  readonly #executed = new Set<number>()

  override get(attribute: Parameters<MemoryModel['get']>[0]) {
    if (attribute.attribute === 4) {
      const missing = this.written.indexOf(0)
      return { ok: true, data: data.u32(missing < 0 ? blocks : missing) } as const
    }
    return super.get(attribute)
  }

  override invoke(method: MethodDescriptor, parameters?: Data) {
    const decoded = decodeAs(object.imageBlockTransfer.parameters, parameters ?? data.nul())
    assert.ok(decoded.ok, 'a block that is none reached the meter')
    const { number, block } = decoded.value
    this.calls.push({ method, data: parameters })
    const request = new DataView(block.buffer, block.byteOffset).getUint32(0)
    assert.ok(!this.#executed.has(request), `request ${request} was executed twice`)
    this.#executed.add(request)
    this.stored.set(block.subarray(numberLength), number * blockSize)
    this.written[number] += 1
    return { result: 'success', data: parameters } as const
  }
}

type Random = () => number
/** 0 ≤ x < 1, the same for the same seed. */
function randomOf(seed: number): Random {
  let state = seed >>> 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

type Line = (frame: Uint8Array) => Uint8Array[]

/** Spoils a share of the frames, in one of five ways. */
function badLine(random: Random, share: number): Line {
  let held: Uint8Array[] = []
  return (frame) => {
    const late = held
    held = []
    if (random() >= share) return [frame, ...late]
    switch (Math.floor(random() * 5)) {
      case 0:
        return late
      case 1:
        return [frame, frame, ...late]
      case 2:
        held = [frame]
        return late
      case 3:
        held = [frame]
        return [frame, ...late]
      default:
        return [frame.map((octet, i) => (i === frame.length >> 1 ? octet ^ 0x20 : octet)), ...late]
    }
  }
}

/** Both talk until the wanted event, a fatal failure, or after `frames` frames the cut of the line. */
function talk(both: Pair, line: Line, frames: { left: number }, wanted: (event: SessionEvent) => boolean) {
  for (let round = 0; round < 20_000; round++) {
    const up = both.client.takeOutput()
    for (const frame of up) for (const part of line(frame)) both.server.receive(part, both.now)
    const down = both.server.takeOutput()
    for (const frame of down) for (const part of line(frame)) both.client.receive(part, both.now)
    frames.left -= up.length + down.length
    if (frames.left <= 0) both.client.disconnected(both.now)
    for (const event of both.client.takeEvents()) {
      if (wanted(event)) return event
      if (event.kind === 'failed' && event.fatal) return event
    }
    both.server.takeEvents()
    if (up.length + down.length > 0) continue
    const deadline = both.client.nextDeadline() ?? both.server.nextDeadline()
    assert.ok(deadline !== undefined, 'nobody waits for anything')
    both.now = Math.max(both.now, deadline)
    both.client.tick(both.now)
    both.server.tick(both.now)
  }
  return assert.fail('the two never came to rest')
}

const transports: Record<string, Partial<ClientSessionOptions>> = {
  HDLC: { transport: 'hdlc', hdlc: { windowReceive: 3, windowTransmit: 3, retries: 4 } },
  wrapper: { transport: 'wrapper' },
  'general block transfer': { transport: 'wrapper', generalBlockTransfer: { window: 4, retries: 3 } },
}

/** Sends the image; returns how many associations it took. */
function send(
  options: Partial<ClientSessionOptions>,
  random: Random,
  share: number,
  cutAfter: () => number,
): { model: ImageModel; associations: number } {
  const model = new ImageModel()
  let requests = 0
  const clientCounter = counter(1_000)
  const serverCounter = counter(50)
  let lastClient: number | undefined
  for (let associations = 1; associations <= 400; associations++) {
    const both = pair({
      model,
      client: {
        ...options,
        timeoutMs: 5_000,
        maxPduSize: 600,
        security: security('authenticated-encrypted', { nextInvocationCounter: clientCounter }),
      },
      server: {
        transport: options.transport,
        ...(options.generalBlockTransfer && { generalBlockTransfer: { window: 4 } }),
        maxPduSize: 128,
        security: {
          systemTitle: serverTitle,
          encryptionKey,
          authenticationKey,
          nextInvocationCounter: serverCounter,
          lastClientCounter: () => lastClient,
          acceptClientCounter: (value) => {
            lastClient = value
          },
        },
      },
    })
    const frames = { left: cutAfter() }
    const line = badLine(random, share)
    const answer = (id: RequestId) =>
      talk(
        both,
        line,
        frames,
        (event) => 'requestId' in event && event.requestId === id && event.kind !== 'progress',
      )
    both.client.associate(both.now)
    if (talk(both, line, frames, (event) => event.kind === 'associated').kind !== 'associated') continue
    const first = answer(both.client.get(object.imageFirstNotTransferredBlockNumber, both.now))
    if (first.kind !== 'response' || first.service !== 'get') continue
    const [result] = first.results
    const next = result && readResult(object.imageFirstNotTransferredBlockNumber, result)
    assert.ok(next?.ok, 'an answer of the meter is what it holds')
    assert.equal(next.value, model.written.includes(0) ? model.written.indexOf(0) : blocks)
    let number = next.value
    let refusals = 0
    for (; number < blocks; number++) {
      const block = numbered(++requests, image.subarray(number * blockSize, (number + 1) * blockSize))
      const event = answer(both.client.action(object.imageBlockTransfer({ number, block }), both.now))
      if (event.kind === 'failed') {
        if (event.fatal || both.client.state !== 'associated') break
        // A refusal that leaves the association alone is no reason to leave it.
        assert.ok(++refusals < 100, JSON.stringify(event.error))
        number -= 1
        continue
      }
      assert.ok(model.written[number] > 0, 'what was confirmed is written')
    }
    if (number >= blocks) return { model, associations }
  }
  return assert.fail('400 associations did not do')
}

for (const [name, options] of Object.entries(transports)) {
  test(`${name}: a good line takes one association and writes every block once`, () => {
    const { model, associations } = send(options, randomOf(1), 0, () => 1_000_000)
    assert.equal(associations, 1)
    assert.deepEqual(new Set(model.written), new Set([1]))
    assert.equal(digest(model.stored), digest(image))
  })

  test(`${name}: cut at every step, it goes on at the first missing block`, () => {
    let cuts = 0
    const { model } = send(options, randomOf(2), 0, () => 40 + (cuts++ % 17) * 5)
    assert.ok(cuts > 1)
    assert.equal(digest(model.stored), digest(image))
  })

  test(`${name}: over lines that lose, repeat, reorder, delay and corrupt, the image is whole`, () => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = randomOf(seed * 7_919)
      const { model } = send(options, random, 0.02, () => 200 + Math.floor(random() * 2_000))
      assert.equal(digest(model.stored), digest(image), `seed ${seed}`)
    }
  })
}
