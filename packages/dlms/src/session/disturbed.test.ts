// Every step of every service, by logical and by short names, with one frame lost, repeated, late or garbled,
// also in the middle of block transfers: the right values or a clear error, and a method at most once.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { type Data, data } from '../axdr/data.ts'
import { obisToBytes } from '../cosem/obis.ts'
import {
  associated,
  filledModel,
  MemoryModel,
  name,
  type Pair,
  type PairOptions,
  profile,
  profileRows,
} from './harness.test.ts'

const faults = ['lost', 'twice', 'late', 'garbled'] as const
const image = { classId: 18, obis: '0.0.44.0.0.255', method: 2 } as const
const parts = [1, 2, 3].map((part): Data => data.octets(new Uint8Array(200).fill(part)))
const rows = profileRows(12)

function ready(ciphered: boolean, shortNames: boolean): Pair {
  const referencing = shortNames ? ({ referencing: 'short-name' } as const) : {}
  const open = { authentication: { mechanism: 'none' }, security: undefined } as const
  const options: PairOptions = {
    association: { ...(ciphered ? {} : { mechanism: 'none', policy: 'none' }), ...referencing },
    client: { ...(ciphered ? {} : open), ...referencing, maxPduSize: 150, limits: { maxStrayApdus: 4 } },
    server: { maxPduSize: 150 },
  }
  const model = filledModel()
  model.values.set(MemoryModel.key(profile), rows)
  const listed = [name, profile, { classId: 18, obis: image.obis }].map(({ classId, obis }) =>
    data.structure(data.u16(classId), data.u8(0), data.octets(obisToBytes(obis)), data.structure()),
  )
  model.values.set('15/0.0.40.0.0.255/2', data.array(...listed))
  return associated({ ...options, model })
}

/** Image transfer in three long actions, then a long value in and a profile out. @returns frames on the line. */
function exchange(both: Pair, faulty: number, fault: (typeof faults)[number]): number {
  for (const part of parts) both.client.action({ method: image, data: part }, both.now)
  both.client.set({ attribute: name, data: parts[0] }, both.now)
  both.client.get(profile, both.now)
  let count = 0
  let held: { readonly frame: Uint8Array; readonly up: boolean; readonly until: number } | undefined
  const line = (frame: Uint8Array, up: boolean): Uint8Array[] => {
    count += 1
    const late = held && held.up === up && count >= held.until ? [held.frame] : []
    if (late.length > 0) held = undefined
    if (count !== faulty) return [frame, ...late]
    if (fault === 'lost') return []
    if (fault === 'twice') return [frame, frame]
    if (fault === 'late') {
      held = { frame, up, until: count + 1 }
      return []
    }
    const garbled = frame.slice()
    garbled[8 + ((frame.length - 8) >> 1)] ^= 0x20
    return [garbled]
  }
  for (let round = 0; round < 1_000; round++) {
    const up = both.client.takeOutput()
    for (const frame of up) for (const part of line(frame, true)) both.server.receive(part, both.now)
    const down = both.server.takeOutput()
    for (const frame of down) for (const part of line(frame, false)) both.client.receive(part, both.now)
    both.clientEvents.push(...both.client.takeEvents())
    if (up.length > 0 || down.length > 0) continue
    const deadline = both.client.nextDeadline()
    if (deadline === undefined) return count
    both.now = deadline
    both.client.tick(both.now)
  }
  return assert.fail('the two never came to rest')
}

for (const ciphered of [false, true]) {
  for (const shortNames of [false, true]) {
    const how = `${shortNames ? 'short' : 'logical'} names${ciphered ? ', ciphered' : ''}`
    const frames = exchange(ready(ciphered, shortNames), 0, 'lost')
    for (const fault of faults) {
      // Without a checksum or ciphering nobody can tell that a value was altered.
      if (fault === 'garbled' && !ciphered) continue
      test(`each of ${frames} frames ${fault}, by ${how}`, () => {
        assert.ok(frames >= 20)
        for (let faulty = 1; faulty <= frames; faulty++) {
          const both = ready(ciphered, shortNames)
          exchange(both, faulty, fault)
          const answered = both.clientEvents.filter((event) => event.kind === 'response')
          const failed = both.clientEvents.filter(
            (event) => event.kind === 'failed' && event.requestId !== undefined,
          )
          assert.equal(answered.length + failed.length, 5, `frame ${faulty}: every request has one outcome`)
          for (const event of answered) {
            if (event.service === 'get' && event.results[0].ok) assert.deepEqual(event.results[0].data, rows)
            if (event.service === 'action' && event.results[0].data) {
              assert.deepEqual(event.results[0].data, parts[event.requestId - 1], `frame ${faulty}`)
            }
          }
          const ran = both.model.calls.map(({ data: given }) =>
            parts.findIndex((p) => isDeepStrictEqual(p, given)),
          )
          const once = [...new Set(ran)].sort()
          assert.deepEqual(ran, once, `frame ${faulty}: whole, in order, and none twice`)
          assert.ok(!ran.includes(-1), `frame ${faulty}: no other parameters`)
        }
      })
    }
  }
}
