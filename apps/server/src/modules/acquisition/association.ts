// How the collector associates with a meter: mechanism, ciphering and conformance as the meter's model says, with the
// secrets of the register. What model and register do not agree on is a refusal that names both, never a guess.

import type {
  AttributeDescriptor,
  ClientAuthentication,
  ClientSecurity,
  ClientSessionOptions,
  ConformanceBit,
  MeterModel,
  Obis,
} from '@contor/dlms'
import { nodeCrypto } from '@contor/dlms/node'
import type { KeyPair, MeterKeys } from '../network/index.ts'
import type { CounterSource } from './counters.ts'
import { DriverError } from './drivers/driver.ts'
import type { SessionMeter } from './meter.ts'

/** The head-end's own system title: letters of the installation, then zeros and 1. */
export const headEndTitle = Uint8Array.of(0x43, 0x4e, 0x54, 0, 0, 0, 0, 1)

const requestTimeoutMs = 12_000
/** What a modest line carries in one go; longer answers come in blocks. */
const maxPduSize = 4_096
const keyLength = { 0: 16, 1: 16, 2: 32 } as const

/** What says where a meter is and how it is spoken to. */
export type Reached = Pick<
  SessionMeter,
  'host' | 'port' | 'clientAddress' | 'serverAddress' | 'transport' | 'physicalAddress' | 'referencing'
>

type Association = MeterModel['associations'][number]
type Ciphering = NonNullable<Association['ciphering']>

/**
 * The association in which readings are taken: the model's at the client address of the register.
 * @throws DriverError 'refused' when model or register lack what it needs
 */
export function readingSession(
  meter: Reached & Pick<SessionMeter, 'suite' | 'serverFloor'>,
  model: MeterModel,
  keys: MeterKeys,
  counters: CounterSource,
  onServerCounter: (counter: number) => void,
): ClientSessionOptions {
  const association = associationOf(meter, model)
  const { ciphering } = association
  const options = {
    ...common(meter, model),
    clientAddress: meter.clientAddress,
    authentication: authenticationOf(association, model, keys),
    ...conformanceOf(meter, model, ciphering),
  }
  if (!ciphering) return { ...options, systemTitle: headEndTitle }
  return {
    ...options,
    security: {
      ...securityOf(meter, model, ciphering, pairOf(keys, model)),
      nextInvocationCounter: () => counters.next(),
      ...(meter.serverFloor >= 0 ? { serverCounterFloor: meter.serverFloor } : {}),
      onServerCounter,
    },
  }
}

/**
 * How to ask, before associating, which invocation counter the meter has seen.
 * @returns undefined where the reading association has no counter, or the model does not say where it is
 */
export function counterReading(
  meter: Reached,
  model: MeterModel,
): { readonly session: ClientSessionOptions; readonly attribute: AttributeDescriptor } | undefined {
  const { ciphering, invocationCounter } = associationOf(meter, model)
  if (!ciphering || !invocationCounter) return undefined
  return {
    session: {
      ...common(meter, model),
      clientAddress: invocationCounter.clientAddress,
      authentication: { mechanism: 'none' },
      ...conformanceOf(meter, model, undefined),
    },
    attribute: { classId: 1, obis: invocationCounter.obis as Obis, attribute: 2 },
  }
}

/** False for a meter that takes a correct release amiss: its association ends with the connection. */
export const releases = ({ quirks = [] }: MeterModel): boolean =>
  !quirks.includes('rlrq-unciphered') && !quirks.includes('rlre-wrong-length')

function associationOf(meter: Reached, model: MeterModel): Association {
  const found = model.associations.find(({ clientAddress }) => clientAddress === meter.clientAddress)
  if (found) return found
  const known = model.associations.map(({ clientAddress, purpose }) => `${clientAddress} (${purpose})`)
  throw refused(
    known.length === 0
      ? `model ${model.id} has no association: such meters only push; name a model that can be asked`
      : `model ${model.id} has no association of client ${meter.clientAddress}; give the meter one of ${known.join(', ')}, or add the association to the model`,
  )
}

function authenticationOf(
  { mechanism }: Association,
  model: MeterModel,
  keys: MeterKeys,
): ClientAuthentication {
  switch (mechanism) {
    case 'none':
    case 'gmac':
      return { mechanism }
    case 'low':
      return { mechanism, password: passwordOf(keys, mechanism, model) }
    case 'md5':
    case 'sha1':
    case 'sha256':
      return { mechanism, secret: passwordOf(keys, mechanism, model) }
    case 'ecdsa':
      throw refused(
        `model ${model.id} wants ecdsa, and the register holds no signature keys; let the meter take gmac for the collector's client`,
      )
    case 'manufacturer':
      throw refused(
        `model ${model.id} wants a mechanism of the manufacturer, which is not known here; let the meter take gmac for the collector's client`,
      )
  }
}

function passwordOf({ password }: MeterKeys, mechanism: string, model: MeterModel): Uint8Array {
  if (password && password.length > 0) return password
  throw refused(
    `model ${model.id} wants mechanism ${mechanism}, and the register holds no password of this meter; import it with keys.password`,
  )
}

function pairOf({ pair }: MeterKeys, model: MeterModel): KeyPair {
  if (pair) return pair
  throw refused(
    `model ${model.id} ciphers, and the register holds no pair of keys of this meter; import it with keys.encryption and keys.authentication`,
  )
}

function securityOf(
  meter: Pick<SessionMeter, 'suite'>,
  model: MeterModel,
  ciphering: Ciphering,
  keys: KeyPair,
): Omit<ClientSecurity, 'nextInvocationCounter'> {
  // The register says 0 where nobody said anything: the model knows how its meters are delivered.
  const suite = meter.suite === 0 ? ciphering.suite : meter.suite
  const length = keyLength[suite]
  if (keys.encryption.length !== length || keys.authentication.length !== length) {
    throw refused(
      `suite ${suite} of model ${model.id} has keys of ${length} octets, those of the register have ${keys.encryption.length} and ${keys.authentication.length}; import the right keys, or name another model`,
    )
  }
  return {
    suite,
    systemTitle: headEndTitle,
    encryptionKey: keys.encryption,
    authenticationKey: keys.authentication,
    policy: ciphering.policy,
    ciphering: ciphering.service === 'general-ciphering' ? 'general' : ciphering.service,
    ...(model.quirks?.includes('general-header-not-authenticated') && {
      generalHeader: 'not-authenticated' as const,
    }),
  }
}

const singleReferences: Readonly<Record<Reached['referencing'], readonly ConformanceBit[]>> = {
  'logical-name': ['block-transfer-with-get-or-read', 'get', 'selective-access', 'action'],
  'short-name': ['read', 'write', 'block-transfer-with-get-or-read', 'parameterized-access'],
}

/** Lists are not proposed to a meter that grants them and then refuses them. */
function conformanceOf(
  { referencing }: Reached,
  { quirks = [] }: MeterModel,
  ciphering: Ciphering | undefined,
): Pick<ClientSessionOptions, 'conformance'> {
  if (!quirks.includes('no-multiple-references')) return {}
  const general = ciphering?.service.startsWith('general') ? (['general-protection'] as const) : []
  return { conformance: [...general, ...singleReferences[referencing]] }
}

/** Both sides settle on the lesser of what each can do: the model says what is worth proposing. */
function common(meter: Reached, model: MeterModel) {
  const link = model.transports.find(({ kind }) => kind.startsWith('hdlc'))
  const window = link?.windowSize ?? 1
  const maxInfo = link?.maxInfoLength ?? 128
  return {
    transport: meter.transport,
    ...(meter.transport === 'hdlc' && {
      hdlc: {
        ...(meter.physicalAddress !== null && { physicalAddress: meter.physicalAddress }),
        ...(link?.serverAddressSize !== undefined && { addressSize: link.serverAddressSize }),
        windowTransmit: window,
        windowReceive: window,
        maxInfoTransmit: maxInfo,
        maxInfoReceive: maxInfo,
        ...(!releases(model) && { release: 'disc' as const }),
      },
    }),
    serverAddress: meter.serverAddress,
    referencing: meter.referencing,
    crypto: nodeCrypto,
    timeoutMs: requestTimeoutMs,
    maxPduSize,
  } as const
}

const refused = (message: string) => new DriverError('refused', message)
