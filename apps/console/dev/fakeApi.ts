// A made-up API for looking at the console without a server: npm-free, one process, nothing stored.
// It also serves the built console, as the real server does. Never part of the product.
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { extname, join, normalize } from 'node:path'
import * as fake from './fake/network.ts'
import { trace } from './fake/trace.ts'
import { balance, columns, days, events, exceptions, gaps, indexes, missing } from './fake/values.ts'

const port = Number(process.argv[2] ?? 8099)
const dist = join(import.meta.dirname, '../dist')
const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}

type Answer = (url: URL, found: RegExpMatchArray, request: IncomingMessage) => unknown
const page = (items: unknown[]) => ({ items, nextCursor: null })

const routes: [string, RegExp, Answer][] = [
  ['GET', /^\/me$/, (_u, _m, request) => (signedIn(request) ? fake.me : undefined)],
  ['GET', /^\/demo$/, () => fake.demo],
  ['GET', /^\/collection\/summary$/, () => fake.summary()],
  ['GET', /^\/collection\/days$/, () => page(days())],
  ['GET', /^\/collection\/missing$/, () => page(missing())],
  ['GET', /^\/collection\/sessions$/, () => page(fake.sessions())],
  ['GET', /^\/collection\/lines$/, () => page(fake.lines)],
  ['GET', /^\/collection\/gaps$/, (url) => page(gaps(url.searchParams.get('state') ?? 'open'))],
  ['GET', /^\/stations$/, () => page([fake.station])],
  ['GET', /^\/stations\/(\d+)$/, () => fake.station],
  ['GET', /^\/stations\/(\d+)\/balance$/, (url) => page(balance(url))],
  ['GET', /^\/metering-points$/, (url) => fake.points(url)],
  ['GET', /^\/metering-points\/(\d+)$/, (_u, m) => fake.point(m[1])],
  ['GET', /^\/metering-points\/(\d+)\/intervals$/, (url, m) => columns(url, m[1])],
  ['GET', /^\/metering-points\/(\d+)\/indexes$/, (_u, m) => indexes(m[1])],
  ['GET', /^\/metering-points\/(\d+)\/events$/, () => page(events())],
  ['GET', /^\/metering-points\/(\d+)\/exceptions$/, () => page(exceptions())],
  ['POST', /^\/metering-points\/(\d+)\/reads$/, () => ({ id: '77' })],
  ['GET', /^\/reads\/(\d+)$/, () => fake.readState()],
  ['GET', /^\/traces\/(.+)$/, (_u, m) => trace(decodeURIComponent(m[1]))],
  ['GET', /^\/tokens$/, () => page(fake.tokens)],
  ['POST', /^\/tokens$/, () => ({ id: '9', token: 'ctr_pt_8fK2mQx7vN4sT1bY6cW9eR3hJ5' })],
  ['DELETE', /^\/tokens\/(\d+)$/, () => ({})],
]

const signedIn = (request: IncomingMessage) => request.headers.cookie?.includes('fake=1') === true

createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost')
  if (!url.pathname.startsWith('/api/')) return void file(url.pathname, response)
  const path = url.pathname.slice(4)
  if (path === '/collection/stream') return stream(response, collectionEvents)
  if (/^\/reads\/\d+\/stream$/.test(path)) return stream(response, fake.readSteps)
  if (path.startsWith('/auth/')) {
    const out = path.endsWith('sign-out')
    response.setHeader('set-cookie', `fake=${out ? 0 : 1}; Path=/; HttpOnly; SameSite=Lax`)
    return json(response, 200, {})
  }
  for (const [method, pattern, answer] of routes) {
    const found = path.match(pattern)
    if (!found || method !== request.method) continue
    const body = answer(url, found, request)
    if (body === undefined)
      return json(response, 401, { error: { code: 'not-signed-in', message: 'Sign in' } })
    // Long enough for waiting states to be seen, short enough not to be a nuisance.
    return void setTimeout(() => json(response, method === 'POST' ? 202 : 200, body), 60)
  }
  json(response, 404, { error: { code: 'not-found', message: `No ${path}` } })
}).listen(port, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${port}\n`))

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function file(path: string, response: ServerResponse): Promise<void> {
  const wanted = join(dist, normalize(path))
  const inside = wanted.startsWith(dist) && extname(wanted) !== ''
  const name = inside ? wanted : join(dist, 'index.html')
  const bytes = await readFile(name).catch(() => undefined)
  response.writeHead(bytes ? 200 : 404, {
    'content-type': `${types[extname(name)] ?? 'application/octet-stream'}; charset=utf-8`,
    'content-security-policy':
      "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'",
  })
  response.end(bytes)
}

type Events = (send: (event: string, data: unknown) => void) => () => void
const collectionEvents: Events = (send) => {
  const timer = setInterval(() => send('summary', fake.summary()), 1500)
  return () => clearInterval(timer)
}

function stream(response: ServerResponse, events: Events): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  response.write(': open\n\n')
  const stop = events((event, data) => response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`))
  response.on('close', stop)
}
