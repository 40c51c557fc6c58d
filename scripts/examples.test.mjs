// The programs in the packages' README pages run against the built packages, type-check, and print what is shown.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { printsAsShown, runExample, stageExamples } from './examples.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stage = stageExamples()
after(() => stage.remove())

test('every package has a page with an example', () => {
  for (const name of readdirSync(join(root, 'packages')))
    assert.ok(
      stage.examples.some((example) => example.package === name),
      name,
    )
})

test('the examples have the types that they seem to have', () => {
  writeFileSync(
    join(stage.folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        target: 'ES2024',
        lib: ['ES2024', 'DOM'],
        module: 'NodeNext',
        strict: true,
        noEmit: true,
        types: ['node'],
        typeRoots: [join(root, 'node_modules', '@types')],
      },
      files: stage.examples.map(({ name }) => `${name}.ts`),
    }),
  )
  try {
    execFileSync(join(root, 'node_modules', '.bin', 'tsc'), ['-p', stage.folder], { encoding: 'utf8' })
  } catch (error) {
    assert.fail(error.stdout)
  }
})

for (const example of stage.examples.filter(({ serves }) => !serves)) {
  test(`${example.name} prints what its page shows`, async () => {
    const { code, out, err } = await runExample(stage, example)
    assert.equal(code, 0, err)
    assert.ok(example.prints !== undefined, 'the page shows what the program prints')
    if (!printsAsShown(out, example.prints)) assert.equal(out, example.prints)
  })
}

test('an output that differs from the page is seen', () => {
  assert.equal(printsAsShown('a 1\nb\n', 'a …\nb\n'), true)
  assert.equal(printsAsShown('a 1\nc\n', 'a …\nb\n'), false)
  assert.equal(printsAsShown('a 1\n', 'a …\nb\n'), false)
})
