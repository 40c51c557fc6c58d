// Recorded sessions between two other implementations (conformance/sessions): our client is put in the place of
// the recorded one, our server in the place of the recorded one, with the same keys, challenges and counters.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { data } from '../axdr/data.ts'
import { decodeData } from '../axdr/decode.ts'
import { fromHex, toHex } from '../bytes.ts'
import { type Apdu, decodeApdu, type InitiateRequest } from '../xdlms/index.ts'
import { authenticationKey, encryptionKey, MemoryModel, nodeCrypto } from './harness.test.ts'
import { createClientSession, createServerSession } from './index.ts'
import { Protection } from './protection.ts'
import type { ClientSession, SessionEvent } from './types.ts'

type Line = { readonly direction: 'C>S' | 'S>C'; readonly bytes: Uint8Array }

function recording(name: string): Line[] {
  const url = new URL(`../../../../conformance/sessions/${name}.hex`, import.meta.url)
  return readFileSync(url, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const match = /(C>S|S>C)\s+\d+ ([0-9a-f]+)$/.exec(line.trim())
      return match ? [{ direction: match[1] as Line['direction'], bytes: fromHex(match[2]) }] : []
    })
}

const header = 8
const payload = (line: Line) => line.bytes.subarray(header)

function decoded(bytes: Uint8Array): Apdu {
  const result = decodeApdu(bytes)
  assert.ok(result.kind === 'ok', toHex(bytes))
  return result.value
}

/** Opens what either peer of a recording sent. */
function opener(peerTitle: Uint8Array | undefined, counters: number[]): Protection {
  return new Protection(
    nodeCrypto,
    {
      systemTitle: new Uint8Array(8),
      encryptionKey,
      authenticationKey,
      nextInvocationCounter: () => 0,
      lastPeerCounter: () => undefined,
      acceptPeerCounter: (value) => counters.push(value),
    },
    peerTitle,
  )
}

/** What the recorded client asked, in the clear. */
function requestsOf(lines: readonly Line[]) {
  const [aarqLine, ...others] = lines.filter((line) => line.direction === 'C>S')
  const aarq = decoded(payload(aarqLine))
  assert.ok(aarq.kind === 'aarq' && aarq.userInformation)
  const counters: number[] = []
  const protection = opener(aarq.callingApTitle, counters)
  const plain = (bytes: Uint8Array) => {
    const opened = protection.open(bytes)
    assert.ok(opened.kind === 'opened', JSON.stringify(opened))
    return opened.plain
  }
  const initiate = decoded(plain(aarq.userInformation)) as InitiateRequest
  const services: Apdu[] = []
  for (const line of others) {
    const bytes = payload(line)
    if (bytes[0] === 0x62) {
      const rlrq = decoded(bytes)
      if (rlrq.kind === 'rlrq' && rlrq.userInformation) plain(rlrq.userInformation)
    } else services.push(decoded(plain(bytes)))
  }
  return { aarq, initiate, services, counters }
}

/** Gives the recorded bytes where random ones are drawn. */
const withRandom = (bytes: Uint8Array | undefined) => ({
  ...nodeCrypto,
  randomBytes: (length: number) => {
    assert.equal(bytes?.length, length)
    return bytes ?? new Uint8Array(0)
  },
})

function ask(client: ClientSession, service: Apdu): void {
  if (service.kind === 'get-request' && service.form === 'normal') {
    // The recorded C++ server announces an array of 49 rows, as asked, and sends 72: only the encoded bytes
    // are of use then, and a decoding GET rightly fails.
    client.get(service.attribute, 0, { raw: service.attribute.selection !== undefined })
  }
  if (service.kind === 'action-request' && service.form === 'normal') {
    client.action({ method: service.method, data: service.data }, 0)
  }
}

const isNext = (service: Apdu) => service.kind === 'get-request' && service.form === 'next'

for (const name of [
  'guruxC__wrapper__none__dlmscosem',
  'guruxC__wrapper__gmac__dlmscosem',
  'guruxCpp__wrapper__gmac__dlmscosem',
]) {
  const ciphered = name.includes('gmac')
  const lines = recording(name)
  const { aarq, initiate, services, counters } = requestsOf(lines)
  const reply = ciphered ? services[0] : undefined
  const proof = reply?.kind === 'action-request' && reply.form === 'normal' ? reply.data : undefined
  const clientAddress = new DataView(lines[0].bytes.buffer, lines[0].bytes.byteOffset).getUint16(2)

  test(`${name}: our client says what the recorded one said, byte for byte, and reads each answer`, () => {
    // The recorded client used one counter for the GMAC of pass 3 and the APDU around it.
    const proofCounter =
      proof?.type === 'octet-string'
        ? new DataView(proof.value.buffer, proof.value.byteOffset).getUint32(1)
        : 0
    const queue = ciphered ? [counters[0], proofCounter, ...counters.slice(1)] : []
    const asked = ciphered ? services.slice(1) : services
    const first = services[0]
    const client = createClientSession({
      clientAddress,
      serverAddress: 1,
      authentication: ciphered
        ? { mechanism: 'gmac', challengeLength: aarq.authenticationValue?.length }
        : { mechanism: 'none' },
      security: {
        systemTitle: aarq.callingApTitle ?? new Uint8Array(8),
        encryptionKey,
        authenticationKey,
        policy: ciphered ? 'authenticated-encrypted' : 'none',
        nextInvocationCounter: () => queue.shift() ?? assert.fail('more counters than recorded'),
      },
      crypto: withRandom(aarq.authenticationValue),
      conformance: initiate.conformance,
      maxPduSize: initiate.maxPduSize,
      firstInvokeId: 'invokeIdAndPriority' in first ? first.invokeIdAndPriority & 0x0f : 0,
    })
    const events: SessionEvent[] = []
    const pending = asked.filter((service) => !isNext(service))
    client.associate(0)
    let said: Uint8Array[] = client.takeOutput()
    for (const line of lines) {
      if (line.direction === 'S>C') {
        client.receive(line.bytes, 0)
        events.push(...client.takeEvents())
      } else {
        said.push(...client.takeOutput())
        if (said.length === 0) {
          const service = pending.shift()
          if (service) ask(client, service)
          else client.release(0)
          said = client.takeOutput()
        }
        assert.equal(toHex(said.shift() ?? new Uint8Array(0)), toHex(line.bytes))
      }
    }
    assert.equal(events[0].kind, 'associated')
    const responses = events.filter((event) => event.kind === 'response')
    assert.equal(responses.length, asked.filter((service) => !isNext(service)).length)
    for (const response of responses) {
      assert.ok(response.results.every((result) => result.ok))
      if (response.service === 'get' && response.results.length === 0) {
        const rows = decodeData(response.apdu, response.dataOffset)
        assert.ok(rows.kind === 'ok' && rows.value.type === 'array')
        assert.equal(rows.value.value.length, 49)
        assert.equal(response.blocks, 2)
      }
    }
    assert.equal(events.at(-1)?.kind, 'released')
    assert.equal(client.state, 'released')
    assert.equal(queue.length, 0)
  })

  test(`${name}: our server accepts the recorded client and answers all that it asks`, () => {
    const aare = decoded(payload(lines.find((line) => line.direction === 'S>C') ?? assert.fail()))
    assert.ok(aare.kind === 'aare')
    const accepted: number[] = []
    const systemTitle = aare.respondingApTitle ?? new Uint8Array(8)
    const model = new MemoryModel()
    model.values.set('8/0.0.1.0.0.255/2', data.octets(new Uint8Array(12)))
    let next = 100
    const server = createServerSession({
      associations: [
        {
          clientAddress,
          mechanism: ciphered ? 'gmac' : 'none',
          policy: ciphered ? 'authenticated-encrypted' : 'none',
        },
      ],
      security: {
        systemTitle,
        encryptionKey,
        authenticationKey,
        nextInvocationCounter: () => next++,
        lastClientCounter: () => accepted.at(-1),
        acceptClientCounter: (value) => accepted.push(value),
      },
      crypto: withRandom(aare.authenticationValue),
      model,
    })
    const protection = opener(systemTitle, [])
    const answers: Apdu[] = []
    for (const line of lines.filter((candidate) => candidate.direction === 'C>S')) {
      server.receive(line.bytes, 0)
      const output = server.takeOutput()
      assert.equal(output.length, 1)
      const opened = protection.open(output[0].subarray(header))
      assert.ok(opened.kind === 'opened')
      answers.push(decoded(opened.plain))
    }
    assert.deepEqual(accepted, counters)
    assert.equal(answers[0].kind === 'aare' && answers[0].result, 0)
    assert.equal(answers.at(-1)?.kind, 'rlre')
    answers.slice(1, -1).forEach((answer, index) => {
      assert.equal(answer.kind, services[index].kind.replace('request', 'response'))
    })
    assert.equal(server.takeEvents().at(-1)?.kind, 'released')
  })
}

test('recorded pushes are read without an association', () => {
  const url = new URL('../../../../conformance/sessions/push__glo_wrapper.hex', import.meta.url)
  const frames = readFileSync(url, 'utf8').trim().split('\n')
  assert.equal(frames.length, 2)
  for (const frame of frames) {
    const client = createClientSession({
      clientAddress: 64,
      serverAddress: 1,
      authentication: { mechanism: 'none' },
      security: {
        systemTitle: new Uint8Array(8),
        encryptionKey,
        authenticationKey,
        policy: 'authenticated-encrypted',
        nextInvocationCounter: () => assert.fail('a listener sends nothing'),
      },
      crypto: nodeCrypto,
    })
    client.receive(fromHex(frame.split(' ')[2]), 0)
    const events = client.takeEvents()
    assert.equal(events.length, 1, JSON.stringify(events))
    const [event] = events
    assert.ok(event.kind === 'notification' && event.service === 'data-notification')
    assert.equal(event.protection, 'authenticated-encrypted')
    assert.equal(event.data.type, 'structure')
    assert.equal(client.state, 'idle')
  }
})
