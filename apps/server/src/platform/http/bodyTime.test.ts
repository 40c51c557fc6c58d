import assert from 'node:assert/strict'
import { connect } from 'node:net'
import type { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createLog } from '../log.ts'
import type { App } from './app.ts'
import { createHttp } from './server.ts'

let app: App
let port: number

before(async () => {
  app = await createHttp(createLog('test', '/dev/null'), { wholeMs: 400, silenceMs: 300 })
  app.addContentTypeParser('*', (_request, body, done) => done(null, body))
  const drain = async (body: unknown) => {
    let bytes = 0
    for await (const piece of body as Readable) bytes += piece.length
    return { bytes }
  }
  app.post('/short', async ({ body }) => drain(body))
  app.post('/long', { config: { longBody: true } }, async ({ body }) => drain(body))
  await app.listen({ host: '127.0.0.1', port: 0 })
  port = (app.server.address() as { port: number }).port
})
after(() => app.close())

/** Sends `pieces` of one byte, one each `everyMs`. @returns what came back before the connection ended */
async function send(path: string, pieces: number, everyMs: number, promised = pieces): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  let open = true
  socket.on('data', (part) => {
    answer += part
  })
  socket.on('error', () => {})
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  ended.then(() => {
    open = false
  })
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/octet-stream\r\ncontent-length: ${promised}\r\n\r\n`,
  )
  for (let i = 0; i < pieces && open; i++) {
    socket.write('x')
    await sleep(everyMs)
  }
  await ended
  return answer
}

test('a body that trickles in longer than allowed is cut', async () => {
  assert.equal(await send('/short', 20, 50), '')
})

test('a file may take its time while it comes steadily', async () => {
  assert.match(await send('/long', 20, 50), /200 OK.*"bytes":20/s)
})

test('a file that stops coming is cut', async () => {
  assert.equal(await send('/long', 3, 50, 20), '')
})

test('a body in time is not touched', async () => {
  assert.match(await send('/short', 4, 20), /200 OK.*"bytes":4/s)
})
