// How a command reaches its meter: the options that all of them share, and the session made of them.

import type { ClientAuthentication, ClientSecurity, ClientSessionOptions } from '@contor/dlms'
import { nodeCrypto } from '@contor/dlms/node'
import type { Command } from 'commander'
import type { Target } from '../../drivers/transport.ts'
import { bad, integer, obisOf, oneOf, password, secret } from './input.ts'
import type { Output } from './output.ts'

export type Options = Output & {
  host: string
  port?: string
  udp?: boolean
  serial?: string
  baud: string
  hdlc?: boolean
  modeE?: boolean
  deviceAddress?: string
  physical?: string
  addressSize?: string
  client: string
  server: string
  auth: string
  password?: string
  encryptionKey?: string
  authKey?: string
  keys?: string
  suite: string
  policy: string
  ciphering: string
  systemTitle: string
  signingKey?: string
  serverPublicKey?: string
  invocationCounter?: string
  counterObis: string
  shortNames?: boolean
  blocks?: string
  timeout: string
  pcap?: string
}

export const mechanisms = ['none', 'low', 'md5', 'sha1', 'gmac', 'sha256', 'ecdsa'] as const
export const policies = ['none', 'authenticated', 'encrypted', 'authenticated-encrypted'] as const
export const formats = ['global', 'general-global', 'dedicated', 'general-dedicated', 'general'] as const

export function withConnection(command: Command): Command {
  return command
    .option('--host <host>', 'address of the meter', '127.0.0.1')
    .option('--port <port>', 'TCP (or UDP) port')
    .option('--udp', 'datagrams instead of a TCP connection')
    .option('--serial <path>', 'serial line instead of a network, e.g. /dev/ttyUSB0; implies --hdlc')
    .option('--baud <rate>', 'speed of the serial line', '9600')
    .option('--hdlc', 'HDLC frames instead of the TCP-UDP/IP wrapper')
    .option('--mode-e', 'sign on as IEC 62056-21 mode E before HDLC, as optical heads need')
    .option('--device-address <text>', 'device address of the mode E sign-on; left out, any device answers')
    .option('--physical <address>', 'lower HDLC address of the meter')
    .option('--address-size <bytes>', 'bytes of the HDLC server address: 1, 2 or 4; left out, as few as do')
    .option('--client <sap>', 'client address: 16 public, 1 management, 2 reading', '16')
    .option('--server <sap>', 'logical device address', '1')
    .option('--auth <mechanism>', mechanisms.join(', '), 'none')
    .option(
      '--password <text>',
      'password or secret for low, md5, sha1 and sha256; @FILE reads it from a file',
    )
    .option('--encryption-key <hex>', 'global unicast encryption key; @FILE reads it from a file')
    .option('--auth-key <hex>', 'authentication key; @FILE reads it from a file')
    .option('--keys <hex,hex>', 'both keys in one: encryption, then authentication')
    .option('--suite <n>', 'security suite: 0, 1 or 2', '0')
    .option('--policy <protection>', policies.join(', '), 'authenticated-encrypted')
    .option('--ciphering <format>', formats.join(', '), 'general-global')
    .option('--system-title <hex>', "the client's own system title, 8 bytes", '434E540000000002')
    .option(
      '--signing-key <hex>',
      'private signature key of the client, for ecdsa; @FILE reads it from a file',
    )
    .option('--server-public-key <hex>', 'public signature key of the meter, for ecdsa; @FILE reads it')
    .option(
      '--invocation-counter <n>',
      'first invocation counter, above the last one the meter saw; left out, the meter is asked for it',
    )
    .option(
      '--counter-obis <code>',
      'where the public client reads the counter',
      obisOf('--counter-obis'),
      '0.0.43.1.0.255',
    )
    .option('--short-names', 'association by short names (older meters)')
    .option('--blocks <window>', 'propose general block transfer with this window, 1…63')
    .option('--timeout <seconds>', 'for one round trip', '10')
    .option('--pcap <file>', 'write what went over the line as a capture file')
    .option('--json', 'print JSON')
}

export function timeoutOf(options: Options): number {
  return integer(options.timeout, '--timeout', 3_600) * 1_000
}

export function targetOf(options: Options): Target {
  if (options.serial)
    return {
      kind: 'serial',
      path: options.serial,
      // Mode E opens at 300 baud; --baud is then the highest rate to go over to.
      baudRate: options.modeE ? 300 : integer(options.baud, '--baud', 921_600),
    }
  if (!options.port) throw bad('--port', '', 'the port of the meter (or give --serial)')
  return {
    kind: options.udp ? 'udp' : 'tcp',
    host: options.host,
    port: integer(options.port, '--port', 65_535),
  }
}

/** What every session of the command has, whoever associates. */
export function linkOf(options: Options) {
  return {
    serverAddress: integer(options.server, '--server', 0xffff),
    crypto: nodeCrypto,
    timeoutMs: timeoutOf(options),
    ...transportOf(options),
  } satisfies Partial<ClientSessionOptions>
}

function transportOf(options: Options): Pick<ClientSessionOptions, 'transport' | 'hdlc'> {
  if (!usesHdlc(options)) return { transport: options.udp ? 'udp-wrapper' : 'wrapper' }
  const size = options.addressSize === undefined ? undefined : Number(options.addressSize)
  if (size !== undefined && size !== 1 && size !== 2 && size !== 4)
    throw bad('--address-size', options.addressSize ?? '', '1, 2 or 4')
  return {
    transport: 'hdlc',
    hdlc: {
      ...(options.physical !== undefined && {
        physicalAddress: integer(options.physical, '--physical', 0x3fff),
      }),
      ...(size !== undefined && { addressSize: size }),
    },
  }
}

export const usesHdlc = (options: Options): boolean =>
  options.hdlc === true || options.modeE === true || options.serial !== undefined

export async function authenticationOf(options: Options): Promise<ClientAuthentication> {
  const mechanism = oneOf(options.auth, '--auth', mechanisms)
  switch (mechanism) {
    case 'none':
    case 'gmac':
    case 'ecdsa':
      return { mechanism }
    default: {
      if (!options.password) throw bad('--password', '', `the password that --auth ${mechanism} needs`)
      const word = await password(options.password, '--password')
      return mechanism === 'low' ? { mechanism, password: word } : { mechanism, secret: word }
    }
  }
}

/** Keys and policy of the association; undefined when no key was given. */
export async function securityOf(
  options: Options,
  counter: (title: Uint8Array) => Promise<number>,
): Promise<ClientSecurity | undefined> {
  const [encryptionKey = options.encryptionKey, authKey = options.authKey] = options.keys?.split(/[,:]/) ?? []
  if (!encryptionKey && !authKey) {
    if (options.auth === 'gmac' || options.auth === 'ecdsa')
      throw bad('--encryption-key', '', `keys: --auth ${options.auth} needs --encryption-key and --auth-key`)
    return undefined
  }
  const suite = Number(oneOf(options.suite, '--suite', ['0', '1', '2'])) as 0 | 1 | 2
  const length = suite === 2 ? 32 : 16
  const systemTitle = await secret(options.systemTitle, [8], '--system-title')
  const keys = {
    suite,
    systemTitle,
    encryptionKey: await secret(encryptionKey ?? '', [length], '--encryption-key'),
    authenticationKey: await secret(authKey ?? '', [length], '--auth-key'),
    ...(await signingOf(options, suite)),
  }
  let next =
    options.invocationCounter === undefined
      ? await counter(systemTitle)
      : integer(options.invocationCounter, '--invocation-counter', 0xffff_ffff)
  return {
    ...keys,
    policy: oneOf(options.policy, '--policy', policies),
    ciphering: oneOf(options.ciphering, '--ciphering', formats),
    nextInvocationCounter: () => next++,
  }
}

async function signingOf(options: Options, suite: 0 | 1 | 2): Promise<Pick<ClientSecurity, 'signing'>> {
  if (!options.signingKey && !options.serverPublicKey) return {}
  if (suite === 0) throw bad('--suite', '0', '1 or 2 where there are signature keys')
  const size = suite === 1 ? 32 : 48
  const privateKey = await secret(options.signingKey ?? '', [size], '--signing-key')
  const peerPublicKey = await secret(options.serverPublicKey ?? '', [2 * size], '--server-public-key')
  return { signing: { privateKey, peerPublicKey } }
}
