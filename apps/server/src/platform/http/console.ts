import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import fastifyStatic from '@fastify/static'
import { ContorError } from '../errors.ts'
import type { App } from './app.ts'
import { answerNotFound } from './errorHandler.ts'
import { consolePolicy } from './security.ts'

const consoleDir = join(import.meta.dirname, '../../../../console')
const distDir = join(consoleDir, 'dist')
const sources = ['src', 'public', 'index.html', 'vite.config.ts', 'package.json', '../../package-lock.json']
const STAMP = '.sources'

/**
 * Builds the web application when its sources are not those of the last build.
 * @throws ContorError 'build-failed' with the words of the bundler
 */
export async function ensureConsole(onBuild: () => void): Promise<void> {
  const wanted = await digestSources()
  const built = await readFile(join(distDir, STAMP), 'utf8').catch(() => '')
  if (built === wanted && existsSync(join(distDir, 'index.html'))) return
  onBuild()
  // Built beside its place: a server that runs on the old files keeps them until the new ones are whole.
  const fresh = `${distDir}.new-${process.pid}`
  try {
    await build(fresh)
    await writeFile(join(fresh, STAMP), wanted)
    await rm(distDir, { recursive: true, force: true })
    await rename(fresh, distDir)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

async function digestSources(): Promise<string> {
  const hash = createHash('sha256')
  const add = async (path: string): Promise<void> => {
    const full = join(consoleDir, path)
    const entries = await readdir(full, { withFileTypes: true }).catch(() => undefined)
    if (entries === undefined) {
      const content = await readFile(full).catch(() => undefined)
      if (content) hash.update(path).update('\0').update(content)
      return
    }
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1)))
      if (!/\.test\.tsx?$/.test(entry.name)) await add(join(path, entry.name))
  }
  for (const source of sources) await add(source)
  return hash.digest('hex')
}

async function build(outDir: string): Promise<void> {
  const vite = join(
    dirname(createRequire(join(consoleDir, 'x.js')).resolve('vite/package.json')),
    'bin/vite.js',
  )
  const child: ChildProcess = spawn(
    process.execPath,
    [vite, 'build', '--outDir', outDir, '--emptyOutDir', '--logLevel', 'warn'],
    { cwd: consoleDir, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_ENV: 'production' } },
  )
  let output = ''
  child.stdout?.on('data', (chunk) => (output += chunk))
  child.stderr?.on('data', (chunk) => (output += chunk))
  const code = await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject))
  if (code !== 0)
    throw new ContorError('build-failed', `The console was not built:\n${output.trim().slice(-1_500)}`, {
      remedy: 'Run npm ci and start again. The API works without the console.',
    })
}

/** Serves the built console; every address that is no file and no API is a page of it. */
export async function registerConsole(app: App): Promise<void> {
  const index = await readFile(join(distDir, 'index.html'), 'utf8').catch(() => undefined)
  if (index === undefined) return void app.setNotFoundHandler(answerNotFound)
  const policy = consolePolicy(index)
  await app.register(fastifyStatic, {
    root: distDir,
    index: false,
    dotfiles: 'ignore',
    setHeaders(reply, path) {
      reply.header('content-security-policy', policy)
      // The names of built files hold a digest of their content.
      const forever = path.includes(`${join(distDir, 'assets')}`)
      reply.header('cache-control', forever ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0]!
    const isPage =
      (request.method === 'GET' || request.method === 'HEAD') &&
      !path.startsWith('/api') &&
      !/\.[a-z0-9]+$/i.test(path)
    if (!isPage) return answerNotFound(request, reply)
    return reply
      .header('content-security-policy', policy)
      .header('cache-control', 'no-cache')
      .type('text/html; charset=utf-8')
      .send(index)
  })
  app.get('/', { schema: { hide: true }, config: { public: true } }, (_request, reply) =>
    reply.callNotFound(),
  )
}
