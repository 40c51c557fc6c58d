// Reads a Modbus device by a register map: TCP, RTU behind a TCP gateway, or RTU on a serial line.

import {
  decodeRegisters,
  type Reading,
  type RegisterBlock,
  type RegisterMap,
  readGroups,
  sunspecMap,
  walkSunspec,
} from '@contor/modbus'
import modbusSerial from 'modbus-serial'

// The library is CommonJS with a `default` beside its class.
const ModbusRTU = modbusSerial.default ?? modbusSerial
type Client = InstanceType<typeof ModbusRTU>

export type ModbusTarget = { readonly unit: number; readonly timeoutMs?: number } & (
  | { readonly transport?: 'tcp' | 'rtu-over-tcp'; readonly host: string; readonly port?: number }
  | {
      readonly transport: 'rtu'
      readonly path: string
      readonly baudRate?: number
      readonly parity?: 'none' | 'even' | 'odd'
      readonly stopBits?: 1 | 2
    }
)

/**
 * - `unreachable` no connection, or it broke
 * - `timeout` connected, and then silence
 * - `exception` the device refused; `exception` is the code of Modbus (2 illegal data address …)
 * - `bad-answer` what came is no valid answer
 * - `no-models` no SunSpec model that is known here
 */
export type ModbusFailure = {
  readonly code: 'unreachable' | 'timeout' | 'exception' | 'bad-answer' | 'no-models'
  readonly message: string
  readonly exception?: number
}

export type ModbusOutcome =
  | { readonly ok: true; readonly map: RegisterMap; readonly readings: readonly Reading[] }
  | { readonly ok: false; readonly error: ModbusFailure }

const defaultTimeoutMs = 3000

/** Reads everything the map names, in as few requests as it allows. Errors are values; nothing is retried. */
export function readModbusMeter(
  target: ModbusTarget & { readonly map: RegisterMap },
): Promise<ModbusOutcome> {
  return withClient(target, async (client) => readings(client, target.map))
}

/** Finds the SunSpec models of a device and reads the known ones. */
export function readSunspec(target: ModbusTarget): Promise<ModbusOutcome> {
  return withClient(target, async (client) => {
    const walk = walkSunspec()
    for (;;) {
      const step = walk.next()
      if (step.kind === 'failed') return failure('no-models', `SunSpec: ${step.code}`)
      if (step.kind === 'done') {
        const map = sunspecMap(step.models)
        return map ? readings(client, map) : failure('no-models', 'no known SunSpec model')
      }
      walk.receive(await refusedAsNull(() => client.readHoldingRegisters(step.address, step.count)))
    }
  })
}

const failure = (code: ModbusFailure['code'], message: string): ModbusOutcome => ({
  ok: false,
  error: { code, message },
})

async function readings(client: Client, map: RegisterMap): Promise<ModbusOutcome> {
  const blocks: RegisterBlock[] = []
  for (const { functionCode, address, count } of readGroups(map)) {
    const answer =
      functionCode === 3
        ? await client.readHoldingRegisters(address, count)
        : await client.readInputRegisters(address, count)
    if (answer.data.length !== count)
      return failure('bad-answer', `${answer.data.length} of ${count} registers`)
    blocks.push({ functionCode, address, registers: answer.data })
  }
  return { ok: true, map, readings: decodeRegisters(map, blocks) }
}

/** Devices refuse addresses that hold nothing: for the walk that is an answer. */
async function refusedAsNull(read: () => Promise<{ data: number[] }>): Promise<number[] | null> {
  try {
    return (await read()).data
  } catch (error) {
    if (failureOf(error).code === 'exception') return null
    throw error
  }
}

async function withClient(
  target: ModbusTarget,
  use: (client: Client) => Promise<ModbusOutcome>,
): Promise<ModbusOutcome> {
  const client = new ModbusRTU()
  // A socket that breaks between requests would otherwise end the process.
  client.on('error', () => undefined)
  const timeoutMs = target.timeoutMs ?? defaultTimeoutMs
  client.setTimeout(timeoutMs)
  client.setID(target.unit)
  try {
    await connect(client, target, timeoutMs)
  } catch (error) {
    release(client, target.transport === 'rtu')
    return { ok: false, error: { ...failureOf(error), code: 'unreachable' } }
  }
  try {
    return await use(client)
  } catch (error) {
    return { ok: false, error: failureOf(error) }
  } finally {
    release(client, target.transport === 'rtu')
  }
}

async function connect(client: Client, target: ModbusTarget, timeoutMs: number): Promise<void> {
  if (target.transport === 'rtu') {
    const { path, baudRate = 9600, parity = 'none', stopBits = 1 } = target
    await client.connectRTUBuffered(path, { baudRate, parity, stopBits })
    return
  }
  const options = { port: target.port ?? 502, timeout: timeoutMs }
  if (target.transport === 'rtu-over-tcp') await client.connectTcpRTUBuffered(target.host, options)
  else await client.connectTCP(target.host, options)
}

function release(client: Client, serial: boolean): void {
  try {
    // close() waits for a peer that may never end its side; serial ports have nothing else.
    if (serial) client.close(() => undefined)
    else client.destroy(() => undefined)
  } catch {
    // Never opened: nothing to close.
  }
}

/** The library rejects with errors that carry `modbusCode`, an errno, or its own names. */
function failureOf(error: unknown): ModbusFailure {
  const { modbusCode, name, errno, code, message } = error as {
    modbusCode?: unknown
    name?: unknown
    errno?: unknown
    code?: unknown
    message?: unknown
  }
  const text = typeof message === 'string' ? message : String(error)
  if (typeof modbusCode === 'number') return { code: 'exception', message: text, exception: modbusCode }
  if (name === 'TransactionTimedOutError' || errno === 'ETIMEDOUT') return { code: 'timeout', message: text }
  if (name === 'PortNotOpenError' || typeof code === 'string') return { code: 'unreachable', message: text }
  return { code: 'bad-answer', message: text }
}
