import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const here = import.meta.dirname
type Words = { [key: string]: string | Words }
const load = (language: string) => JSON.parse(readFileSync(join(here, `${language}.json`), 'utf8')) as Words

function flat(words: Words, prefix = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, value] of Object.entries(words)) {
    if (typeof value === 'string') found.set(prefix + key, value)
    else for (const [inner, text] of flat(value, `${prefix}${key}.`)) found.set(inner, text)
  }
  return found
}
const ro = flat(load('ro'))
const en = flat(load('en'))
const plural = /_(zero|one|two|few|many|other)$/
const bases = (words: Map<string, string>) => [
  ...new Set([...words.keys()].map((key) => key.replace(plural, ''))),
]

test('Romanian and English say the same things', () => {
  assert.deepEqual(bases(ro).sort(), bases(en).sort())
})

test('every plural has all the forms of its language', () => {
  for (const [language, words, categories] of [
    ['ro', ro, ['one', 'few', 'other']],
    ['en', en, ['one', 'other']],
  ] as const) {
    const counted = [...words.keys()].filter((key) => plural.test(key)).map((key) => key.replace(plural, ''))
    for (const base of new Set(counted)) {
      for (const category of categories)
        assert.ok(words.has(`${base}_${category}`), `${language} ${base}_${category}`)
    }
  }
})

test('the same placeholders in both languages', () => {
  const names = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]).sort()
  for (const [key, text] of ro) {
    const other = en.get(key)
    if (other !== undefined) assert.deepEqual(names(text), names(other), key)
  }
})

test('every key that the source names exists', () => {
  const known = new Set(bases(ro))
  const missing: string[] = []
  for (const file of globSync('**/*.{ts,tsx}', { cwd: join(here, '..') })) {
    if (file.endsWith('.test.ts')) continue
    const source = readFileSync(join(here, '..', file), 'utf8')
    const direct = [...source.matchAll(/\bt\(\s*'([\w.-]+)'/g)].map((match) => match[1])
    const words = [...source.matchAll(/\bword: '([\w.-]+)'/g)].map((match) => match[1])
    const either = [...source.matchAll(/\bt\([^()]*\? '([\w.-]+)' : '([\w.-]+)'\)/g)].flatMap((match) =>
      match.slice(1),
    )
    for (const key of [...direct, ...words, ...either]) if (!known.has(key)) missing.push(`${file}: ${key}`)
  }
  assert.deepEqual(missing, [])
})

test('Romanian uses comma-below letters, never the cedilla look-alikes', () => {
  for (const [key, text] of ro) assert.doesNotMatch(text, /[şţŞŢ]/, key)
})
