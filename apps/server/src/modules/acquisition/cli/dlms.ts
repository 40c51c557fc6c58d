// `contor dlms`: talk to one meter from the command line, for field engineers and scripts.

import { readFile } from 'node:fs/promises'
import {
  type AttributeDescriptor,
  type ClientAuthentication,
  type ClientSessionOptions,
  type Data,
  decodeData,
  fromHex,
  numberOf,
  toHex,
} from '@contor/dlms'
import { nodeCrypto } from '@contor/dlms/node'
import type { Command } from 'commander'
import { ContorError } from '../../../platform/index.ts'
import { DlmsConnection } from '../drivers/dlms/connection.ts'
import { createDlmsDriver } from '../drivers/dlms/driver.ts'
import { numberIn, obisOf } from '../drivers/dlms/values.ts'
import { DriverError, type DriverErrorCode } from '../drivers/driver.ts'
import { createJournal } from '../journal.ts'

type Options = {
  host: string
  port: string
  client: string
  server: string
  auth: 'none' | 'low' | 'gmac'
  password?: string
  encryptionKey?: string
  authKey?: string
  systemTitle?: string
  keys?: string
  invocationCounter?: string
  timeout: string
  json?: boolean
}
type AttributeOptions = Options & {
  obis: string
  class: string
  attr: string
  value?: string
  method?: string
}

/** Adds the `dlms` command with its subcommands. */
export function registerDlms(program: Command): void {
  const dlms = program.command('dlms').description('Talk to one DLMS/COSEM meter over TCP')
  withConnection(dlms.command('get').description('Read an attribute'))
    .requiredOption('--obis <code>', 'logical name, e.g. 1.0.1.8.0.255')
    .requiredOption('--class <id>', 'class id, e.g. 3')
    .option('--attr <index>', 'attribute index', '2')
    .addHelpText(
      'after',
      '\nExample: contor dlms get --port 14060 --client 16 --obis 0.0.42.0.0.255 --class 1 --attr 2',
    )
    .action((options: AttributeOptions) =>
      run(options, async (connection) => {
        const { event } = await connection.get(attributeOf(options))
        const [result] = event.results
        if (!result?.ok)
          throw new ContorError('invalid-request', `The meter answers ${result?.result ?? 'nothing'}`, {
            field: '--obis',
            value: options.obis,
          })
        print(options, plain(result.data), text(result.data))
      }),
    )
  withConnection(dlms.command('set').description('Write an attribute'))
    .requiredOption('--obis <code>', 'logical name')
    .requiredOption('--class <id>', 'class id')
    .option('--attr <index>', 'attribute index', '2')
    .requiredOption('--value <hex>', 'the value as A-XDR in hex, e.g. 0600001f40')
    .action((options: AttributeOptions) =>
      run(options, async (connection) => {
        const { event } = await connection.set({
          attribute: attributeOf(options),
          data: dataOf(options.value ?? ''),
        })
        const result = event.results[0]?.result ?? 'no answer'
        print(options, { result }, result)
        if (result !== 'success') process.exitCode = 1
      }),
    )
  withConnection(dlms.command('action').description('Invoke a method'))
    .requiredOption('--obis <code>', 'logical name')
    .requiredOption('--class <id>', 'class id')
    .option('--attr <index>', 'method index', '1')
    .option('--value <hex>', 'parameters as A-XDR in hex; none when left out')
    .action((options: AttributeOptions) =>
      run(options, async (connection) => {
        const method = {
          classId: integer(options.class, '--class'),
          obis: options.obis,
          method: integer(options.attr, '--attr'),
        }
        const { event } = await connection.action({
          method,
          ...(options.value ? { data: dataOf(options.value) } : {}),
        })
        const outcome = event.results[0]
        print(
          options,
          { result: outcome?.result, ...(outcome?.data ? { data: plain(outcome.data) } : {}) },
          outcome?.result ?? 'no answer',
        )
        if (!outcome?.ok) process.exitCode = 1
      }),
    )
  withConnection(dlms.command('objects').description('List the objects that the association sees')).action(
    (options: Options) =>
      run(options, async (connection) => {
        const { event } = await connection.get(attribute(15, '0.0.40.0.0.255', 2))
        const [result] = event.results
        if (!result?.ok)
          throw new ContorError(
            'invalid-request',
            `The meter answers ${result?.result ?? 'nothing'} for its object list`,
          )
        const objects = objectsOf(result.data)
        print(
          options,
          objects,
          objects.map((o) => `${String(o.classId).padStart(4)}  v${o.version}  ${o.obis}`).join('\n'),
        )
      }),
  )
  withConnection(dlms.command('profile').description('Read the load profile'))
    .requiredOption('--from <instant>', 'first instant, ISO 8601', instant)
    .option('--to <instant>', 'last instant, ISO 8601; default now', instant, Date.now())
    .action((options: Options & { from: number; to: number }) =>
      run(options, (connection) => printProfile(options, connection)),
    )
}

function withConnection(command: Command): Command {
  return command
    .option('--host <host>', 'address of the meter', '127.0.0.1')
    .requiredOption('--port <port>', 'TCP port')
    .option('--client <sap>', 'client address: 16 public, 1 management, 2 reading', '16')
    .option('--server <sap>', 'logical device address', '1')
    .option('--auth <mechanism>', 'none, low or gmac', 'none')
    .option('--password <text>', 'password for --auth low')
    .option('--encryption-key <hex>', 'global unicast encryption key, 16 bytes; @FILE reads it from a file')
    .option('--auth-key <hex>', 'authentication key, 16 bytes; @FILE reads it from a file')
    .option('--system-title <hex>', "the client's own system title, 8 bytes", '434E540000000002')
    .option('--keys <hex,hex>', 'both keys in one: encryption, then authentication')
    .option(
      '--invocation-counter <n>',
      'first invocation counter, above the last one the meter saw; left out, the meter is asked for it',
    )
    .option('--timeout <seconds>', 'for one round trip', '10')
    .option('--json', 'print JSON')
}

async function run(options: Options, work: (connection: DlmsConnection) => Promise<void>): Promise<void> {
  const timeoutMs = integer(options.timeout, '--timeout') * 1000
  const { host } = options
  const port = integer(options.port, '--port')
  let connection: DlmsConnection | undefined
  try {
    const session = await sessionOf(options, timeoutMs)
    connection = await DlmsConnection.open({
      target: { kind: 'tcp', host, port },
      connectTimeoutMs: timeoutMs,
      session,
    })
    await work(connection)
  } catch (cause) {
    if (!(cause instanceof DriverError)) throw cause
    const remedy = remedies[cause.code]
    throw new ContorError('not-ready', `${host}:${port}: ${cause.message}`, {
      cause,
      ...(remedy ? { remedy } : {}),
    })
  } finally {
    await connection?.close()
  }
}

const remedies: Partial<Record<DriverErrorCode, string>> = {
  unreachable: 'Check --host and --port, and that the meter has power.',
  timeout:
    'The connection stands but the meter is silent: check --client and --server, or give it more --timeout.',
  refused:
    'Check --client, --auth, the keys, and that --invocation-counter is above the last one the meter saw.',
  'bad-answer': 'What came back is no valid answer: check the keys and the address.',
}

async function sessionOf(options: Options, timeoutMs: number): Promise<ClientSessionOptions> {
  const shared = {
    transport: 'wrapper' as const,
    clientAddress: integer(options.client, '--client'),
    serverAddress: integer(options.server, '--server'),
    crypto: nodeCrypto,
    timeoutMs,
  }
  if (!['none', 'low', 'gmac'].includes(options.auth)) throw bad('--auth', options.auth, 'none, low or gmac')
  if (options.auth === 'low' && !options.password)
    throw bad('--password', '', 'the password that --auth low needs')
  const authentication: ClientAuthentication =
    options.auth === 'low'
      ? { mechanism: 'low', password: options.password ?? '' }
      : { mechanism: options.auth as 'none' | 'gmac' }
  const [encryptionKey = options.encryptionKey, authKey = options.authKey] = options.keys?.split(/[,:]/) ?? []
  if (!encryptionKey && !authKey) {
    if (options.auth === 'gmac')
      throw bad('--encryption-key', '', 'keys: --auth gmac needs --encryption-key and --auth-key')
    return { ...shared, authentication }
  }
  let counter =
    options.invocationCounter === undefined
      ? await publicCounter(options, timeoutMs)
      : integer(options.invocationCounter, '--invocation-counter')
  return {
    ...shared,
    authentication,
    security: {
      systemTitle: await bytes(options.systemTitle ?? '', 8, '--system-title'),
      encryptionKey: await bytes(encryptionKey ?? '', 16, '--encryption-key'),
      authenticationKey: await bytes(authKey ?? '', 16, '--auth-key'),
      policy: 'authenticated-encrypted',
      nextInvocationCounter: () => counter++,
    },
  }
}

/** The counter to go on with, as meters tell it to the public client before any association with keys. */
async function publicCounter(options: Options, timeoutMs: number): Promise<number> {
  const connection = await DlmsConnection.open({
    target: { kind: 'tcp', host: options.host, port: integer(options.port, '--port') },
    connectTimeoutMs: timeoutMs,
    session: {
      clientAddress: 16,
      serverAddress: integer(options.server, '--server'),
      authentication: { mechanism: 'none' },
      crypto: nodeCrypto,
      timeoutMs,
    },
  })
  try {
    const { event } = await connection.get(attribute(1, '0.0.43.1.0.255', 2))
    const [result] = event.results
    const last = result?.ok ? numberOf(result.data) : undefined
    if (last === undefined) {
      throw bad(
        '--invocation-counter',
        '',
        'the number to begin with: this meter does not tell its counter in public',
      )
    }
    return last + 1
  } finally {
    await connection.close()
    // Meters take one connection at a time and need a moment to see that it is gone.
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}

async function printProfile(
  options: Options & { from: number; to: number },
  connection: DlmsConnection,
): Promise<void> {
  let id = 0
  const journal = createJournal({ next: async () => ++id })
  const driver = createDlmsDriver({ connection, journal, keyVersion: null })
  const rows = await driver.readProfile({ from: options.from, to: options.to })
  const entries = Array.from(rows.ends, (end, i) => ({
    end: Number.isNaN(end) ? null : new Date(end).toISOString(),
    status: rows.status?.[i] ?? null,
    ...Object.fromEntries(
      rows.channels.map((c) => [c.channel, Number.isNaN(c.values[i]) ? null : c.values[i]]),
    ),
  }))
  print(options, entries, entries.map((e) => Object.values(e).join('\t')).join('\n'))
}

function print(options: { json?: boolean }, json: unknown, readable: string): void {
  process.stdout.write(`${options.json ? JSON.stringify(json) : readable}\n`)
}

/** COSEM data as JSON: octets in hex, 64-bit numbers as text. */
function plain(value: Data): unknown {
  if (value.value instanceof Uint8Array) return toHex(value.value)
  if (Array.isArray(value.value)) return value.value.map((item: Data) => plain(item))
  if (value.type === 'bit-string') return toHex(value.value.bytes)
  return typeof value.value === 'bigint' ? value.value.toString() : value.value
}

function text(value: Data): string {
  if (value.type === 'octet-string') {
    const readable = String.fromCharCode(...value.value)
    const printable = value.value.length > 0 && /^[\x20-\x7e]+$/.test(readable)
    return printable ? `${toHex(value.value)}  "${readable}"` : toHex(value.value)
  }
  const shown = plain(value)
  return typeof shown === 'object' ? JSON.stringify(shown, null, 2) : String(shown)
}

function objectsOf(list: Data): { classId: number; version: number; obis: string }[] {
  if (list.type !== 'array') return []
  return list.value.flatMap((item) => {
    if (item.type !== 'structure') return []
    const [classId, version, name] = item.value
    const obis = name && obisOf(name)
    return obis ? [{ classId: numberIn(classId) ?? 0, version: numberIn(version) ?? 0, obis }] : []
  })
}

const attribute = (classId: number, obis: string, index: number) =>
  ({ classId, obis, attribute: index }) as unknown as AttributeDescriptor

function attributeOf(options: AttributeOptions): AttributeDescriptor {
  const parts = options.obis.split('.').map(Number)
  if (parts.length !== 6 || parts.some((n) => !Number.isInteger(n) || n < 0 || n > 255))
    throw bad('--obis', options.obis, 'six numbers from 0 to 255, e.g. 1.0.1.8.0.255')
  return attribute(integer(options.class, '--class'), options.obis, integer(options.attr, '--attr'))
}

function dataOf(hex: string): Data {
  const parsed = decodeData(fromHex(hex))
  if (parsed.kind !== 'ok')
    throw bad('--value', hex, 'A-XDR data in hex, e.g. 0600001f40 for a double-long-unsigned')
  return parsed.value
}

function integer(value: string, name: string): number {
  const number = Number(value)
  if (value === '' || !Number.isInteger(number) || number < 0) throw bad(name, value, 'a whole number')
  return number
}

function instant(value: string): number {
  const at = Date.parse(value)
  if (Number.isNaN(at)) throw bad('--from/--to', value, 'an instant such as 2026-11-20T00:00:00Z')
  return at
}

// A key on a command line is in the shell's history; a file is the better place.
async function bytes(value: string, length: number, name: string): Promise<Uint8Array> {
  const hex = value.startsWith('@') ? (await readFile(value.slice(1), 'utf8')).trim() : value
  if (!/^[0-9a-f]*$/i.test(hex) || hex.length !== length * 2) throw bad(name, '…', `${length} bytes in hex`)
  return fromHex(hex)
}

function bad(field: string, value: string, wanted: string): ContorError {
  return new ContorError('bad-configuration', `${field} must be ${wanted}`, { field, value })
}
