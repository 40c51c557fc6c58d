// `contor dlms` as a person runs it, against simulated meters on loopback.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { data, encodeApdu, encodeWrapperFrame, readCapture, toHex, validateModel } from '@contor/dlms'
import {
  buildNeighbourhood,
  firmwareImage,
  freePorts,
  type RunningNeighbourhood,
  type SimulatedMeter,
  startNeighbourhood,
} from '@contor/simulator'

const main = fileURLToPath(new URL('../../../main.ts', import.meta.url))
const run = [process.execPath, ['--disable-warning=ExperimentalWarning', main]] as const

type Ran = { readonly code: number; readonly out: string; readonly err: string }
function contor(...args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(run[0], [...run[1], 'dlms', ...args], (error, out, err) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, out, err }),
    )
  })
}

describe('contor dlms', { timeout: 300_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'contor-dlms-'))
  const file = (name: string, content: string | Uint8Array) => {
    const path = join(folder, name)
    writeFileSync(path, content)
    return path
  }
  let running: RunningNeighbourhood
  let meter: SimulatedMeter
  let secured: readonly string[]
  let overHdlc: readonly string[]
  const optionsOf = ({ port, serial, keys }: SimulatedMeter) => [
    ...['--port', String(port), '--client', '1', '--auth', 'gmac', '--json'],
    ...['--encryption-key', `@${file(`${serial}-ek.hex`, toHex(keys.encryption))}`],
    ...['--auth-key', `@${file(`${serial}-ak.hex`, toHex(keys.authentication))}`],
  ]

  before(async () => {
    const base = await freePorts(25)
    const built = buildNeighbourhood({ meters: 24, seed: 11, basePort: base })
    // The commands are what is tried here, not the patience of a person on a line that loses frames.
    const lines = built.lines.map((line) => ({ ...line, latencyMs: [0, 1] as const, loss: 0 }))
    const neighbourhood = { ...built, lines }
    running = await startNeighbourhood(neighbourhood)
    const sound = neighbourhood.points.flatMap((point) =>
      point.user && point.meter && !point.meter.fault && point.meter.suite === 0 ? [point.meter] : [],
    )
    const [wrapper, hdlc] = (['wrapper', 'hdlc'] as const).map((kind) =>
      sound.find((found) => found.transport === kind && found.referencing === 'logical-name'),
    )
    assert.ok(wrapper && hdlc)
    meter = wrapper
    secured = optionsOf(meter)
    overHdlc = [...optionsOf(hdlc), '--hdlc', '--physical', String(hdlc.physicalAddress)]
  })
  after(async () => {
    await running.close()
    rmSync(folder, { recursive: true })
  })

  test('the clock is read, and set to this computer', async () => {
    const set = await contor('clock', '--set', ...secured)
    assert.equal(set.code, 0, set.err)
    const { deviationS } = JSON.parse(set.out) as { deviationS: number }
    assert.ok(Math.abs(deviationS) < 3, `${deviationS} s`)
  })

  test('a meter behind HDLC answers the same commands', async () => {
    const state = await contor('state', ...overHdlc)
    assert.equal(state.code, 0, state.err)
    assert.deepEqual(JSON.parse(state.out), { output: true, control: 'connected', mode: 3 })
    const capture = join(folder, 'hdlc.pcap')
    const clock = await contor('clock', ...overHdlc, '--pcap', capture)
    assert.equal(clock.code, 0, clock.err)
    const frames = readCapture(readFileSync(capture))
    assert.ok(frames.kind === 'ok' && frames.value.every((frame) => frame.bytes[0] === 0x7e))
  })

  test('the relay acts on the meter that was meant, and on no other', async () => {
    const state = async () => JSON.parse((await contor('state', ...secured)).out) as { output: boolean }
    const wrong = await contor('disconnect', '--confirm', 'XXX', ...secured)
    assert.notEqual(wrong.code, 0)
    assert.match(wrong.err, /nothing was done/)
    assert.equal((await state()).output, true)
    const done = await contor('disconnect', '--confirm', meter.serial, ...secured)
    assert.deepEqual(JSON.parse(done.out), { output: false, control: 'disconnected', mode: 3 })
    const back = await contor('reconnect', '--confirm', meter.serial, ...secured)
    assert.deepEqual(JSON.parse(back.out), { output: false, control: 'ready for reconnection', mode: 3 })
  })

  test('the limiter is read and written', async () => {
    const wanted = ['--threshold', '4600', '--confirm', meter.serial]
    const written = await contor('limiter', ...wanted, ...secured)
    assert.equal(written.code, 0, written.err)
    assert.equal((JSON.parse(written.out) as { thresholdNormal: number }).thresholdNormal, 4_600)
    assert.notEqual((await contor('limiter', '--threshold', '1', ...secured)).code, 0, 'without the serial')
  })

  test('a calendar with a day that is not there is refused before the meter hears of it', async () => {
    const calendar = {
      name: '2027',
      seasons: [{ name: 'S', start: '01-01', week: 'W' }],
      weeks: [{ name: 'W', days: [1, 1, 1, 1, 1, 2, 9] }],
      days: [
        { id: 1, schedule: [{ time: '00:00', script: 3 }] },
        { id: 2, schedule: [{ time: '00:00', script: 1 }] },
      ],
    }
    const refused = await contor('calendar', '--load', file('bad.json', JSON.stringify(calendar)), ...secured)
    assert.match(refused.err, /there is no day 9/)
    calendar.weeks[0]?.days.splice(6, 1, 2)
    const path = file('good.json', JSON.stringify(calendar))
    const loaded = await contor('calendar', '--load', path, '--activate', ...secured)
    assert.equal(loaded.code, 0, loaded.err)
    const { active } = JSON.parse(loaded.out) as { active: { name: string; weeks: unknown } }
    assert.equal(active.name, '2027')
    assert.deepEqual(active.weeks, calendar.weeks)
  })

  test('an image is sent, verified and activated; a damaged one is not', async () => {
    const image = firmwareImage('VM-9.9.1', new Uint8Array(3_000).fill(7))
    const steps = ['--identifier', 'VM-9.9.1', '--verify', '--activate']
    const done = await contor('firmware', '--send', file('fw.bin', image), ...steps, ...secured)
    assert.equal(done.code, 0, done.err)
    const { firmware, status } = JSON.parse(done.out) as { firmware: string; status: string }
    assert.match(firmware, /VM-9\.9\.1/)
    assert.equal(status, 'image activation successful')
    image[100] ^= 1
    const refused = await contor('firmware', '--send', file('fw2.bin', image), ...steps, ...secured)
    assert.match(refused.err, /image_verify/)
  })

  test('a new key holds; the old one no longer opens anything', async () => {
    const next = '0f0e0d0c0b0a09080706050403020100'
    const transfer = ['--transfer', 'encryption', '--new-key', `@${file('new.hex', next)}`]
    const master = ['--master-key', `@${file('mk.hex', toHex(meter.keys.master))}`]
    const done = await contor('keys', ...transfer, ...master, ...secured)
    assert.equal(done.code, 0, done.err)
    assert.ok(!`${done.out}${done.err}`.includes(next))
    assert.notEqual((await contor('state', ...secured)).code, 0)
    writeFileSync(join(folder, `${meter.serial}-ek.hex`), next)
    const after = await contor('state', ...secured)
    assert.equal(after.code, 0, after.err)
  })

  test('discovery drafts a model that the checker takes', async () => {
    const out = join(folder, 'model.json')
    const done = await contor('discover', '--id', 'found', '--out', out, ...secured)
    assert.equal(done.code, 0, done.err)
    assert.match(done.err, /Open questions/)
    const check = validateModel(JSON.parse(readFileSync(out, 'utf8')))
    assert.ok(check.ok, JSON.stringify(check))
  })

  test('what was said is in the capture, and the relay records what others say', async () => {
    const own = join(folder, 'own.pcap')
    await contor('clock', '--port', String(meter.port), '--pcap', own)
    const frames = readCapture(readFileSync(own))
    assert.ok(frames.kind === 'ok' && frames.value.length >= 4)
    const relayed = join(folder, 'relay.pcap')
    const listen = meter.port + 1_000
    const relay = spawn(run[0], [
      ...run[1],
      'dlms',
      'trace',
      ...['--port', String(meter.port), '--listen', String(listen), '--out', relayed, '--connections', '1'],
    ])
    await once(relay.stderr, 'data')
    const read = await contor('clock', '--port', String(listen))
    assert.equal(read.code, 0, read.err)
    if (relay.exitCode === null) await once(relay, 'exit')
    const passed = readCapture(readFileSync(relayed))
    assert.ok(passed.kind === 'ok' && passed.value.some((frame) => frame.bytes[8] === 0x60), 'an AARQ passed')
  })

  test('pushes are printed; ciphered ones need the keys of their sender', async () => {
    const port = meter.port + 2_000
    const listener = spawn(run[0], [
      ...run[1],
      ...['dlms', 'push', 'listen', '--port', String(port), '--json', '--count', '1'],
    ])
    let out = ''
    listener.stdout.on('data', (chunk) => {
      out += chunk
    })
    await once(listener.stderr, 'data')
    const apdu = encodeApdu({
      kind: 'data-notification',
      longInvokeId: 7,
      dateTime: new Uint8Array(0),
      body: data.structure(data.u32(42)),
    })
    const frame = encodeWrapperFrame({ source: 1, destination: 16, payload: apdu })
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(frame.subarray(0, 5))
    await new Promise((resolve) => setTimeout(resolve, 30))
    socket.end(frame.subarray(5))
    if (listener.exitCode === null) await once(listener, 'exit')
    const push = JSON.parse(out) as { service: string; invokeId: number; data: unknown }
    assert.deepEqual([push.service, push.invokeId, push.data], ['data-notification', 7, [42]])
  })

  test('bad options name themselves', async () => {
    const bad = await contor('get', '--port', '1', '--obis', '1.2.3', '--class', '3')
    assert.match(bad.err, /--obis/)
    const suite = await contor('state', '--port', '1', '--suite', '7', '--keys', '00,00')
    assert.match(suite.err, /--suite/)
    const secret = await contor('state', '--port', '1', '--keys', 'abcd,ef01')
    assert.match(secret.err, /--encryption-key/)
    assert.ok(!secret.err.includes('abcd'))
  })
})
