import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { after, drawTransitions, isEnd, orderStates, transitions } from './machine.ts'

test('every state is reached from waiting, and every one that is no end leads to an end', () => {
  const reached = new Set(['waiting'])
  for (const state of reached)
    for (const next of Object.values(transitions[state as keyof typeof transitions])) reached.add(next)
  assert.deepEqual([...reached].sort(), [...orderStates].sort())
  for (const state of orderStates) {
    const seen = new Set([state])
    for (const one of seen) for (const next of Object.values(transitions[one])) seen.add(next)
    assert.ok([...seen].some(isEnd), state)
  }
})

test('nothing leads from an end or from what was not asked for to a command', () => {
  for (const state of orderStates) {
    if (isEnd(state)) continue
    const toCommand = Object.entries(transitions[state]).filter(([, next]) => next === 'remote')
    assert.deepEqual(toCommand, state === 'ready' ? [['send-remote', 'remote']] : [])
  }
  for (const state of ['executed', 'closed'] as const) assert.equal(after(state, 'cancel'), undefined)
})

test('docs/orders.md draws this table', async () => {
  const page = await readFile(new URL('../../../../../docs/orders.md', import.meta.url), 'utf8')
  assert.ok(page.includes(drawTransitions()), `docs/orders.md should hold:\n${drawTransitions()}`)
})
