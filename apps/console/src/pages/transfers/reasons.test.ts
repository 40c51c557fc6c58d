import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import ro from '../../i18n/ro.json' with { type: 'json' }
import { reasonOf } from './reasons.ts'

test('a reason keeps what it names', () => {
  assert.deepEqual(reasonOf('another value is stored: 12'), { key: 'stored', what: '12' })
  assert.deepEqual(reasonOf('an interval of 30 minutes; quarter-hours are taken'), {
    key: 'otherLength',
    what: '30',
  })
  assert.deepEqual(reasonOf('2026-03-29 has 92 quarter-hours, this is none of them'), {
    key: 'notInDay',
    what: '2026-03-29: 92',
  })
  assert.equal(reasonOf('a reason of tomorrow'), undefined)
})

// The words follow the reasons of the server: one that is new there is missed here.
test('every reason that the reading of values gives has Romanian words', () => {
  const folder = join(import.meta.dirname, '../../../../server/src/modules/transfers')
  const files = ['import', 'table'].flatMap((name) =>
    readdirSync(join(folder, name))
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => readFileSync(join(folder, name, file), 'utf8')),
  )
  const said = files.flatMap((source) =>
    [
      ...source.matchAll(
        /(?:return|reason:|\? |: |, )\s?['`]((?:not |there is no such |an earlier |another value |outside |beyond |no metering |this civil )[^'`]+)['`]/g,
      ),
    ].map((match) => match[1].replaceAll(/\$\{[^}]+\}/g, '7')),
  )
  assert.ok(said.length >= 12, said.join('\n'))
  const words = (ro as unknown as { transfers: { reasons: Record<string, string> } }).transfers.reasons
  for (const reason of said) {
    const key = reasonOf(reason)?.key
    assert.ok(key !== undefined && words[key], reason)
  }
})
