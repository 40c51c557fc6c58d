// The commands in README and docs are run or checked against the program's own help.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]
const contor = (args, input) =>
  execFileSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(root, 'apps/server/src/main.ts'), ...args],
    {
      encoding: 'utf8',
      cwd: root,
      input: input ?? '',
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  )

function blocks(page) {
  const text = readFileSync(join(root, page), 'utf8')
  return [...text.matchAll(/```sh( run)?\n([\s\S]*?)```/g)].map(([, run, body]) => ({
    run: run !== undefined,
    lines: body
      .replaceAll('\\\n', ' ')
      .split('\n')
      .map((line) => line.replace(/\s+#.*$/, '').trim())
      .filter((line) => line !== '' && !line.startsWith('#')),
  }))
}

const helps = new Map()
function helpOf(words) {
  const key = words.join(' ')
  if (!helps.has(key)) helps.set(key, contor([...words, '--help']))
  return helps.get(key)
}

for (const page of pages) {
  for (const { run, lines } of blocks(page)) {
    for (const line of lines) {
      if (run) {
        test(`${page}: ${line}`, () => {
          // The words are the page's; `npx contor` is this checkout's program.
          const program = `"${process.execPath}" --disable-warning=ExperimentalWarning "${join(root, 'apps/server/src/main.ts')}"`
          const output = execFileSync('/bin/sh', ['-c', line.replaceAll('npx contor', program)], {
            encoding: 'utf8',
            cwd: root,
          })
          assert.ok(output.length > 0)
        })
      } else if (line.includes('npx contor ')) {
        test(`${page}: ${line}`, () => {
          const words = line
            .slice(line.indexOf('npx contor ') + 'npx contor '.length)
            .split('|')[0]
            .trim()
            .split(/\s+/)
          const commands = []
          for (const word of words) {
            if (word.startsWith('-') || !/^[a-z-]+$/.test(word)) break
            if (commands.length > 0 && !new RegExp(`^\\s+${word}\\b`, 'm').test(helpOf(commands))) break
            commands.push(word)
          }
          const help = helpOf(commands)
          for (const flag of words.filter((word) => /^--[a-z]/.test(word) && word !== '--help')) {
            assert.ok(
              help.includes(flag.split('=')[0]),
              `${flag} is not an option of contor ${commands.join(' ')}`,
            )
          }
        })
      } else if (/^npm (run )?[a-z]+/.test(line)) {
        test(`${page}: ${line}`, () => {
          const [, , name] = line.match(/^npm (run )?([a-z]+)/)
          const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
          assert.ok(scripts[name] ?? ['ci', 'install'].includes(name), `no script ${name}`)
        })
      }
    }
  }
  test(`${page}: its links lead somewhere`, () => {
    const text = readFileSync(join(root, page), 'utf8')
    for (const [, target] of text.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)) {
      assert.ok(existsSync(join(root, dirname(page), target)), target)
    }
  })
}
