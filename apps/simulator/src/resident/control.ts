// The way to a running neighbourhood's residents: a local socket beside its memory, one line of JSON each way.
import { createHash } from 'node:crypto'
import { chmodSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Resident, Shown, TroubleKind } from './household.ts'
import { troubles } from './household.ts'

export interface Wish {
  readonly meter: string
  readonly act: string
  /** Seconds, watts, an item of the menu or a kind of fault. */
  readonly value?: string
  /** Of a fault: times, ms or minutes. */
  readonly amount?: string
}

type Told = { readonly ok: true; readonly shown: Shown } | { readonly ok: false; readonly error: string }

const longestLine = 4_096
const longestWait = 5_000
/** sun_path of POSIX systems has 104 to 108 bytes. */
const longestPath = 100

/** Where the neighbourhood that keeps its memory in `stateFile` listens. */
export function controlPath(stateFile: string): string {
  const beside = `${resolve(stateFile)}.sock`
  if (Buffer.byteLength(beside) <= longestPath) return beside
  return join(tmpdir(), `contor-${createHash('sha256').update(beside).digest('hex').slice(0, 16)}.sock`)
}

function whole(text: string | undefined, what: string, least = 0): number {
  const number = Number(text)
  if (text !== undefined && text !== '' && Number.isInteger(number) && number >= least && number <= 1_000_000)
    return number
  throw new RangeError(`${what} is '${text ?? ''}'; give a whole number from ${least} to 1,000,000`)
}

function oneOf<T extends string>(text: string | undefined, words: readonly T[], what: string): T {
  const found = words.find((word) => word === text)
  if (found !== undefined) return found
  throw new RangeError(`${what} is '${text ?? ''}'; there is ${words.join(', ')}`)
}

export const acts: Readonly<Record<string, (resident: Resident, wish: Wish) => Shown>> = {
  show: (resident) => resident.show(),
  'press-button': (resident, { value }) => resident.pressButton(whole(value ?? '10', 'seconds')),
  'open-breaker': (resident) => resident.openBreaker(),
  'close-breaker': (resident) => resident.closeBreaker(),
  load: (resident, { value }) => resident.load(value === 'habits' ? undefined : whole(value, 'load')),
  menu: (resident, { value }) =>
    resident.menu(oneOf(value, ['connect', 'disconnect'] as const, 'item of the menu')),
  fault: (resident, { value, amount }) =>
    resident.fault(
      oneOf<TroubleKind>(value, troubles, 'fault'),
      amount === undefined ? undefined : whole(amount, 'amount', 1),
    ),
}

function fulfil(line: string, find: (meter: string) => Resident | undefined): Told {
  try {
    const wish = JSON.parse(line) as Wish
    const resident = find(wish.meter)
    if (resident === undefined) return { ok: false, error: `No meter ${wish.meter} in this neighbourhood` }
    if (!Object.hasOwn(acts, wish.act))
      return { ok: false, error: `No act ${wish.act}; there is ${Object.keys(acts).join(', ')}` }
    return { ok: true, shown: acts[wish.act](resident, wish) }
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) }
  }
}

/**
 * Listens for wishes; only the user that runs the neighbourhood may send them.
 * @param find the resident behind a serial number or a POD
 */
export async function openControl(
  path: string,
  find: (meter: string) => Resident | undefined,
): Promise<{ close(): Promise<void> }> {
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    socket.on('error', () => socket.destroy())
    socket.setTimeout(longestWait, () => socket.destroy())
    oneLine(socket, (line) => socket.end(`${JSON.stringify(fulfil(line, find))}\n`))
  })
  // A socket that a killed neighbourhood left behind. Two on one memory are kept apart by their ports.
  rmSync(path, { force: true })
  await new Promise<void>((done, failed) => {
    server.once('error', failed)
    server.listen(path, done)
  })
  chmodSync(path, 0o600)
  return {
    close: () =>
      new Promise((done) => {
        for (const socket of open) socket.destroy()
        server.close(() => done())
      }),
  }
}

function oneLine(socket: Socket, take: (line: string) => void): void {
  let text = ''
  let taken = false
  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => {
    text += chunk
    const end = text.indexOf('\n')
    if (taken) return
    if (end >= 0) {
      taken = true
      take(text.slice(0, end))
    } else if (text.length > longestLine) socket.destroy()
  })
}

/** Sends one wish. @throws with a remedy when no neighbourhood listens there, or it refuses */
export async function wishTo(path: string, wish: Wish): Promise<Shown> {
  const told = await new Promise<Told>((done, failed) => {
    const socket = connect(path, () => socket.write(`${JSON.stringify(wish)}\n`))
    socket.setTimeout(longestWait, () => socket.destroy(new Error('the neighbourhood does not answer')))
    socket.on('error', failed)
    socket.on('close', () => failed(new Error('the neighbourhood has hung up')))
    oneLine(socket, (line) => {
      done(JSON.parse(line) as Told)
      socket.end()
    })
  }).catch((error: unknown) => {
    throw new Error(
      `No neighbourhood listens at ${path}: start one with 'contor start' or 'contor simulate --state FILE', ` +
        'and name the same FILE with --state',
      { cause: error },
    )
  })
  if (!told.ok) throw new Error(told.error)
  return told.shown
}
