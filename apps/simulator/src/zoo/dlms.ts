// DLMS/COSEM in its varieties: one device for each, all with the same objects behind.

import { createSocket } from 'node:dgram'
import { createServerSession, type ServerAssociation, type ServerSessionOptions, toHex } from '@contor/dlms'
import { nodeCrypto } from '@contor/dlms/node'
import { fromSocket, serveStream } from '@contor/dlms/stream'
import type { Meter } from '../meter.ts'
import { invertedDeviation } from './deviation.ts'
import { openTcp, type Place, type Running, type ZooKind } from './kind.ts'
import { clientTitle, derive, meterOf, pairOf, type Suite, specOf } from './meter.ts'

type Secured = Exclude<ServerAssociation['mechanism'], 'none' | 'low' | 'high'>

export interface Variety {
  readonly name: string
  readonly what: string
  readonly transport?: 'wrapper' | 'udp-wrapper' | 'hdlc'
  readonly suite?: Suite
  /** Of the management association, client 1. Default 'gmac'. */
  readonly mechanism?: Secured | 'low'
  readonly referencing?: 'logical-name' | 'short-name'
  /** How a client is expected to speak: printed, and used by the tests. */
  readonly client?: Readonly<Record<string, unknown>>
  readonly preEstablished?: true
  readonly maxPduSize?: number
  readonly deviation?: 'inverted'
}

/** Lower address of the devices on HDLC. */
export const physicalAddress = 17

export const varieties: readonly Variety[] = [
  { name: 'dlms-wrapper', what: 'wrapper over TCP, suite 0, HLS with GMAC' },
  { name: 'dlms-udp', what: 'wrapper over UDP', transport: 'udp-wrapper' },
  { name: 'dlms-hdlc', what: 'HDLC over TCP, window 3, frames of 256 octets', transport: 'hdlc' },
  { name: 'dlms-short-names', what: 'short names over HDLC', transport: 'hdlc', referencing: 'short-name' },
  { name: 'dlms-low', what: 'management by a password, unciphered', mechanism: 'low' },
  { name: 'dlms-md5', what: 'HLS with MD5', mechanism: 'md5' },
  { name: 'dlms-sha1', what: 'HLS with SHA-1', mechanism: 'sha1' },
  { name: 'dlms-sha256', what: 'HLS with SHA-256', mechanism: 'sha256' },
  { name: 'dlms-suite-1', what: 'suite 1, HLS with GMAC', suite: 1 },
  { name: 'dlms-suite-2', what: 'suite 2, HLS with GMAC, keys of 32 octets', suite: 2 },
  { name: 'dlms-ecdsa-1', what: 'suite 1, HLS with ECDSA on P-256', suite: 1, mechanism: 'ecdsa' },
  { name: 'dlms-ecdsa-2', what: 'suite 2, HLS with ECDSA on P-384', suite: 2, mechanism: 'ecdsa' },
  {
    name: 'dlms-dedicated',
    what: 'services under a dedicated key',
    client: { ciphering: 'general-dedicated' },
  },
  {
    name: 'dlms-pre-established',
    what: 'client 17 is associated without an AARQ',
    preEstablished: true,
  },
  {
    name: 'dlms-blocks',
    what: 'general block transfer, PDUs of 256 octets',
    maxPduSize: 256,
    client: { generalBlockTransfer: { window: 4 } },
  },
  {
    name: 'dlms-inverted-clock',
    what: 'a password, and clocks that state the deviation with the wrong sign',
    mechanism: 'low',
    deviation: 'inverted',
  },
]

/** The secret of MD5, SHA-1 and SHA-256. */
export const secretOf = (name: string) => Buffer.from(derive(name, 'secret', 8)).toString('hex')

function associationsOf(variety: Variety, password: Uint8Array): ServerAssociation[] {
  const { mechanism = 'gmac', referencing } = variety
  const named = referencing === undefined ? {} : { referencing }
  const ciphered = mechanism === 'gmac' || mechanism === 'ecdsa'
  return [
    { clientAddress: 16, mechanism: 'none', policy: 'none', ...named },
    { clientAddress: 2, mechanism: 'low', password, policy: 'none', ...named },
    {
      clientAddress: 1,
      mechanism,
      ...(mechanism === 'low' ? { password } : {}),
      ...(['md5', 'sha1', 'sha256'].includes(mechanism) ? { secret: secretOf(variety.name) } : {}),
      policy: ciphered ? 'authenticated-encrypted' : 'none',
      ...named,
    },
    ...(variety.preEstablished
      ? [{ clientAddress: 17, mechanism: 'none' as const, policy: 'none' as const, preEstablished: {} }]
      : []),
  ]
}

/** What a session of this device is made of. */
export function sessionOptions(variety: Variety, meter: Meter): ServerSessionOptions {
  const { suite = 0, transport = 'wrapper' } = variety
  const { spec, state } = meter
  const keys = meter.keys()
  return {
    transport,
    ...(transport === 'hdlc' && {
      hdlc: {
        physicalAddress,
        windowTransmit: 3,
        windowReceive: 3,
        maxInfoTransmit: 256,
        maxInfoReceive: 256,
      },
    }),
    serverAddress: 1,
    associations: associationsOf(variety, spec.keys.password),
    security: {
      suite,
      systemTitle: spec.systemTitle,
      encryptionKey: keys.encryption,
      authenticationKey: keys.authentication,
      masterKey: keys.master,
      ...(suite !== 0 && {
        signing: {
          privateKey: pairOf(variety.name, 'server', suite).privateKey,
          peerPublicKey: pairOf(variety.name, 'client', suite).publicKey,
        },
      }),
      nextInvocationCounter: () => state.nextServerCounter++,
      lastClientCounter: () => state.lastClientCounter,
      acceptClientCounter: (counter) => {
        state.lastClientCounter = counter
      },
    },
    crypto: nodeCrypto,
    model: variety.deviation ? invertedDeviation(meter.model) : meter.model,
    maxPduSize: variety.maxPduSize ?? 1_024,
    generalBlockTransfer: { window: 4 },
  }
}

/** What a client has to know, as it is printed. */
export function reachOf(variety: Variety, index: number): Readonly<Record<string, unknown>> {
  const { suite = 0, mechanism = 'gmac', transport = 'wrapper', name } = variety
  const spec = specOf(name, index, suite)
  return {
    transport,
    clientAddress: 1,
    serverAddress: 1,
    ...(transport === 'hdlc' ? { physicalAddress } : {}),
    referencing: variety.referencing ?? 'logical-name',
    mechanism,
    suite,
    serial: spec.serial,
    systemTitle: toHex(spec.systemTitle),
    clientSystemTitle: toHex(clientTitle),
    password: new TextDecoder().decode(spec.keys.password),
    ...(['md5', 'sha1', 'sha256'].includes(mechanism) ? { secret: secretOf(name) } : {}),
    encryptionKey: toHex(spec.keys.encryption),
    authenticationKey: toHex(spec.keys.authentication),
    masterKey: toHex(spec.keys.master),
    ...(suite !== 0 && {
      clientSigningKey: toHex(pairOf(name, 'client', suite).privateKey),
      serverPublicKey: toHex(pairOf(name, 'server', suite).publicKey),
    }),
    ...(variety.preEstablished ? { preEstablishedClient: 17 } : {}),
    ...variety.client,
  }
}

export const dlmsKinds: readonly ZooKind[] = varieties.map((variety, index) => ({
  name: variety.name,
  what: variety.what,
  protocol: 'dlms',
  transport: variety.transport === 'udp-wrapper' ? 'udp' : 'tcp',
  reach: reachOf(variety, index + 1),
  open(place) {
    const meter = meterOf(specOf(variety.name, index + 1, variety.suite ?? 0))
    const options = () => sessionOptions(variety, meter)
    return variety.transport === 'udp-wrapper'
      ? openUdp(place, options)
      : openTcp(place, (socket) => void serveStream(fromSocket(socket), options()))
  },
}))

/** Most peers that the device on UDP remembers. */
const maxPeers = 64

/** One session for each address that datagrams come from. */
function openUdp(place: Place, options: () => ServerSessionOptions): Promise<Running> {
  const socket = createSocket('udp4')
  const sessions = new Map<string, ReturnType<typeof createServerSession>>()
  socket.on('message', (bytes, from) => {
    const key = `${from.address}:${from.port}`
    let session = sessions.get(key)
    if (session === undefined || session.state === 'closed') {
      const [oldest] = sessions.keys()
      if (sessions.size >= maxPeers && oldest !== undefined) sessions.delete(oldest)
      session = createServerSession(options())
      sessions.set(key, session)
    }
    session.receive(new Uint8Array(bytes), Date.now())
    session.takeEvents()
    for (const frame of session.takeOutput()) socket.send(frame, from.port, from.address)
  })
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(place.port, place.host, () =>
      resolve({ close: () => new Promise((done) => socket.close(() => done())) }),
    )
  })
}
