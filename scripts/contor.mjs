#!/usr/bin/env node
// The launcher: plain JavaScript that any Node ≥ 18 runs. It installs what is missing, finds the pinned
// Node 24 among the installed packages and hands over to the TypeScript sources, which need no build.
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureInstalled, pinnedNode } from './install.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const [command = 'help', ...rest] = process.argv.slice(2)

const targets = {
  test: ['scripts/test.mjs'],
  bench: ['bench/main.ts'],
  packages: ['scripts/packages.mjs'],
  runtimes: ['scripts/runtimes.mjs'],
}

await ensureInstalled(root, { quiet: command === 'decode' || command === 'token' })
const node = pinnedNode(root)
const [script, ...args] = targets[command]
  ? [...targets[command], ...rest]
  : ['apps/server/src/main.ts', command, ...rest]
const child = spawn(node, ['--disable-warning=ExperimentalWarning', join(root, script), ...args], {
  stdio: 'inherit',
  env: { ...process.env, PATH: `${dirname(node)}:${process.env.PATH ?? ''}`, NODE_OPTIONS: '' },
})
// The child decides how to stop; the launcher only passes the wish on and waits.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)))
