// push listen: what meters send by themselves, over TCP or UDP, deciphered when their keys are given.

import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import {
  type Apdu,
  decodeApdu,
  encodeApdu,
  encodeWrapperFrame,
  fromHex,
  HdlcReader,
  HdlcReassembler,
  toHex,
  unprotect,
  WrapperReader,
} from '@contor/dlms'
import { nodeCrypto } from '@contor/dlms/node'
import type { Command } from 'commander'
import * as z from 'zod'
import { ContorError } from '../../../../platform/index.ts'
import { bad, integer, readJson, secret } from './input.ts'
import { dataText, type Output, plainData } from './output.ts'

type ListenOptions = Output & {
  host: string
  port: string
  udp?: boolean
  encryptionKey?: string
  authKey?: string
  keyFile?: string
  count?: string
}

const hex = (bytes: number[]) =>
  z
    .string()
    .refine(
      (text) => /^[0-9a-f]*$/i.test(text) && bytes.includes(text.length / 2),
      'is not hex of that length',
    )
const keyFile = z.array(
  z.strictObject({ systemTitle: hex([8]), encryptionKey: hex([16, 32]), authenticationKey: hex([16, 32]) }),
)
type Keys = { readonly encryptionKey: Uint8Array; readonly authenticationKey: Uint8Array }
/** Keys by system title in hex; '' for those of any meter. */
type KeyTable = ReadonlyMap<string, Keys>

const maxApduBytes = 65_535
const idleMs = 120_000

export function registerPush(dlms: Command): void {
  const push = dlms.command('push').description('What meters send by themselves')
  push
    .command('listen')
    .description('Listen for pushes and print them')
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option('--port <port>', 'port to listen on', '4059')
    .option('--udp', 'datagrams instead of TCP connections')
    .option('--encryption-key <hex>', 'global unicast encryption key of the meters; @FILE reads it')
    .option('--auth-key <hex>', 'authentication key of the meters; @FILE reads it')
    .option('--key-file <file>', 'JSON list of {systemTitle, encryptionKey, authenticationKey}, in hex')
    .option('--count <n>', 'end after so many pushes')
    .option('--json', 'print one JSON line for each push')
    .action((options: ListenOptions) => listen(options))
}

async function listen(options: ListenOptions): Promise<void> {
  const keys = await keysOf(options)
  let left = options.count === undefined ? Number.POSITIVE_INFINITY : integer(options.count, '--count')
  const port = integer(options.port, '--port', 65_535)
  await new Promise<void>((resolve, reject) => {
    const took = (line: string): void => {
      process.stdout.write(`${line}\n`)
      left -= 1
      if (left <= 0) close()
    }
    const failed = (cause: NodeJS.ErrnoException) =>
      reject(
        new ContorError('not-ready', `${options.host}:${port}: ${cause.message}`, {
          cause,
          remedy: 'Choose a free --port.',
        }),
      )
    const ready = () => process.stderr.write(`Listening on ${options.host}:${port}; Ctrl+C ends it.\n`)
    let close: () => void
    if (options.udp) {
      const socket = createSocket('udp4')
      close = () => {
        socket.close()
        resolve()
      }
      socket.on('error', failed)
      socket.on('message', (message, from) => {
        receiver(options, keys, `${from.address}:${from.port}`, took, (answer) =>
          socket.send(answer, from.port, from.address),
        )(message)
      })
      socket.bind(port, options.host, ready)
    } else {
      const server = createServer((socket) => {
        socket.setTimeout(idleMs, () => socket.destroy())
        socket.on('error', () => socket.destroy())
        const receive = receiver(
          options,
          keys,
          `${socket.remoteAddress}:${socket.remotePort}`,
          took,
          (answer) => socket.write(answer),
        )
        socket.on('data', (chunk) => receive(chunk) || socket.destroy())
      })
      close = () => {
        server.close()
        resolve()
      }
      server.on('error', failed)
      server.listen(port, options.host, ready)
    }
    process.once('SIGINT', () => close())
    process.once('SIGTERM', () => close())
  })
}

async function keysOf(options: ListenOptions): Promise<KeyTable> {
  const table = new Map<string, Keys>()
  if (options.encryptionKey || options.authKey)
    table.set('', {
      encryptionKey: await secret(options.encryptionKey ?? '', [16, 32], '--encryption-key'),
      authenticationKey: await secret(options.authKey ?? '', [16, 32], '--auth-key'),
    })
  if (options.keyFile) {
    const parsed = keyFile.safeParse(await readJson(options.keyFile, '--key-file'))
    if (!parsed.success) {
      const [issue] = parsed.error.issues
      throw bad('--key-file', issue?.path.join('.') ?? '', issue?.message ?? 'a list of keys')
    }
    for (const entry of parsed.data)
      table.set(entry.systemTitle.toLowerCase(), {
        encryptionKey: fromHex(entry.encryptionKey),
        authenticationKey: fromHex(entry.authenticationKey),
      })
  }
  return table
}

/** Takes the bytes of one sender; false when they are no DLMS stream. */
function receiver(
  options: ListenOptions,
  keys: KeyTable,
  from: string,
  took: (line: string) => void,
  answer: (frame: Uint8Array) => void,
): (chunk: Uint8Array) => boolean {
  const wrapper = new WrapperReader(maxApduBytes)
  const hdlc = new HdlcReader()
  const segments = new HdlcReassembler()
  let isHdlc: boolean | undefined
  const take = (apdu: Uint8Array, reply: (plain: Uint8Array) => void) => {
    const push = read(apdu, keys)
    took(
      options.json
        ? JSON.stringify({ at: new Date().toISOString(), from, ...push.json })
        : `${from}  ${push.text}`,
    )
    if (push.confirm) reply(push.confirm)
  }
  return (chunk) => {
    isHdlc ??= chunk[0] === 0x7e
    if (isHdlc) {
      for (const event of hdlc.push(chunk)) {
        if (event.kind !== 'frame') continue
        const whole = segments.push(event.frame)
        if (whole.kind === 'ok') take(withoutLlc(whole.information), () => {})
      }
      return true
    }
    for (const event of wrapper.push(chunk)) {
      if (event.kind === 'malformed') {
        took(
          options.json
            ? JSON.stringify({ from, error: event.error.message })
            : `${from}  ${event.error.message}`,
        )
        return false
      }
      const { source, destination, payload } = event.frame
      take(payload, (plain) =>
        answer(encodeWrapperFrame({ source: destination, destination: source, payload: plain })),
      )
    }
    return true
  }
}

const withoutLlc = (message: Uint8Array) =>
  message[0] === 0xe6 && (message[1] === 0xe6 || message[1] === 0xe7) ? message.subarray(3) : message

type Push = {
  readonly json: Record<string, unknown>
  readonly text: string
  readonly confirm?: Uint8Array
}

function read(bytes: Uint8Array, keys: KeyTable): Push {
  const decoded = decodeApdu(bytes)
  if (decoded.kind !== 'ok')
    return wrong(bytes, decoded.kind === 'malformed' ? decoded.error.message : 'the message is cut short')
  const apdu = decoded.value
  if (apdu.kind !== 'general-glo-ciphering') return describe(apdu, bytes, undefined)
  const title = toHex(apdu.systemTitle)
  const own = keys.get(title.toLowerCase()) ?? keys.get('')
  if (!own) return wrong(bytes, `ciphered by ${title}, whose keys were not given`)
  const opened = unprotect(apdu.content, { keys: own, systemTitle: apdu.systemTitle, crypto: nodeCrypto })
  if (opened.kind !== 'ok')
    return wrong(bytes, `from ${title}: ${opened.kind === 'malformed' ? opened.error.message : 'cut short'}`)
  const plain = decodeApdu(opened.value.plain)
  if (plain.kind !== 'ok') return wrong(bytes, `from ${title}: no message inside`)
  return describe(plain.value, opened.value.plain, title)
}

function describe(apdu: Apdu, bytes: Uint8Array, systemTitle: string | undefined): Push {
  const sender = systemTitle === undefined ? {} : { systemTitle }
  const prefix = systemTitle === undefined ? '' : `${systemTitle} `
  if (apdu.kind === 'data-notification') {
    return {
      json: { ...sender, service: apdu.kind, invokeId: apdu.longInvokeId, data: plainData(apdu.body) },
      text: `${prefix}data-notification ${apdu.longInvokeId & 0xff_ffff}\n${dataText(apdu.body)}`,
      // Bit 30 asks for a confirmation, which goes back as it came: unciphered pushes only (Green Book 9.3.10).
      ...(systemTitle === undefined &&
        (apdu.longInvokeId & 0x4000_0000) !== 0 && {
          confirm: encodeApdu({
            kind: 'data-notification-confirm',
            longInvokeId: apdu.longInvokeId,
            dateTime: new Uint8Array(0),
          }),
        }),
    }
  }
  if (apdu.kind === 'event-notification-request') {
    const { classId, obis, attribute } = apdu.attribute
    return {
      json: {
        ...sender,
        service: apdu.kind,
        attribute: { classId, obis, attribute },
        data: plainData(apdu.data),
      },
      text: `${prefix}event-notification of ${obis} (class ${classId}, attribute ${attribute})\n${dataText(apdu.data)}`,
    }
  }
  return {
    json: { ...sender, service: apdu.kind, hex: toHex(bytes) },
    text: `${prefix}${apdu.kind}: ${toHex(bytes)}`,
  }
}

function wrong(bytes: Uint8Array, error: string): Push {
  return { json: { error, hex: toHex(bytes) }, text: `${error}: ${toHex(bytes)}` }
}
