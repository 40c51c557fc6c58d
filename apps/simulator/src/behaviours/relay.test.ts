// Each transition of each control mode as the Blue Book's table has it, and no way out of the table.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type ControlMode, control, modes, operate, type Relay, type Trigger, transitions } from './relay.ts'

const triggers: readonly Trigger[] = [
  'remote-disconnect',
  'remote-reconnect',
  'manual-disconnect',
  'manual-reconnect',
  'local-disconnect',
  'local-reconnect',
]

/** Blue Book 4.5.8, by mode: what follows disconnected, connected and ready, in the order of `triggers`. */
const book: Readonly<Record<ControlMode, readonly [string, string, string]>> = {
  0: ['......', '......', '......'],
  1: ['.R....', 'D.R.R.', 'D..C..'],
  2: ['.C....', 'D.R.R.', 'D..C..'],
  3: ['.R....', 'D...R.', 'D..C..'],
  4: ['.C....', 'D...R.', 'D..C..'],
  5: ['.R....', 'D.R.R.', 'D..C.C'],
  6: ['.R....', 'D...R.', 'D..C.C'],
}
const states = { D: control.disconnected, C: control.connected, R: control.ready } as const
const mode = fc.constantFrom(0, 1, 2, 3, 4, 5, 6) as fc.Arbitrary<ControlMode>

for (const [name, rows] of Object.entries(book))
  test(`control mode ${name}: every trigger in every state`, () => {
    for (const state of [0, 1, 2] as const)
      for (const [n, trigger] of triggers.entries()) {
        const relay: Relay = { output: state === 1, control: state, mode: Number(name) as ControlMode }
        const taken = operate(relay, trigger)
        const wanted = rows[state][n] as keyof typeof states | '.'
        assert.equal(relay.control, wanted === '.' ? state : states[wanted], `${trigger} in ${state}`)
        assert.equal(taken === undefined, wanted === '.')
        assert.equal(relay.output, relay.control === control.connected)
      }
  })

test('no sequence leaves the table, and the counted operations are those of the contacts', () => {
  fc.assert(
    fc.property(mode, fc.array(fc.constantFrom(...triggers), { maxLength: 60 }), (mode, sequence) => {
      const relay: Relay = { output: true, control: control.connected, mode }
      let moves = 0
      for (const trigger of sequence) {
        const before = { ...relay }
        const letter = operate(relay, trigger)
        if (letter === undefined) assert.deepEqual(relay, before)
        else {
          assert.ok(modes[mode].includes(letter))
          assert.deepEqual(
            [before.control, relay.control],
            [transitions[letter].from, transitions[letter].to],
          )
        }
        if (before.output !== relay.output) moves++
      }
      assert.equal((relay.opened ?? 0) + (relay.closed ?? 0), moves)
      assert.equal((relay.opened ?? 0) - (relay.closed ?? 0), relay.output ? 0 : 1)
    }),
    { numRuns: 500 },
  )
})

test('a relay that is stuck says what it was told and moves nothing', () => {
  const relay: Relay = { output: true, control: control.connected }
  assert.equal(operate(relay, 'remote-disconnect', true), 'b')
  assert.deepEqual(relay, { output: true, control: control.disconnected })
})
