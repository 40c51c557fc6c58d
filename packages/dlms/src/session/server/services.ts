// The services that an association offers, by the kind of request: which there are, whether they answer, and
// how much room their answers have.

import { data } from '../../axdr/data.ts'
import { type Apdu, type ConformanceBit, longInvokeIdOf } from '../../xdlms/index.ts'
import { blocksRoom } from '../generalBlocks.ts'
import { type CipheringFormat, Protection } from '../protection.ts'
import type { ActiveAssociation, ServerSessionOptions } from '../serverTypes.ts'
import { assignShortNames, ShortNames } from '../shortNames.ts'
import { defaultSessionLimits, type SecurityPolicy } from '../types.ts'
import { answerAccess } from './access.ts'
import { answerAction } from './action.ts'
import { answerGet } from './get.ts'
import { answerRead, answerWrite } from './read.ts'
import { answerSet } from './set.ts'
import { type Handled, ServiceContext } from './transfer.ts'

const confirmedBit = 0x40
/** More than any ciphering or signing adds to an APDU. */
const maxProtectionBytes = 512

/** How a request came, and how its answer leaves. */
export type Cover = {
  readonly policy: SecurityPolicy
  readonly format: CipheringFormat
  readonly signed: boolean
  readonly inBlocks: boolean
}

const blockBits: Partial<Record<Apdu['kind'], ConformanceBit>> = {
  'get-request': 'block-transfer-with-get-or-read',
  'read-request': 'block-transfer-with-get-or-read',
  'action-request': 'block-transfer-with-action',
}

/**
 * Longest bare answer, bytes. The blocks of a service come first where it has them and they are granted;
 * general blocks carry the rest.
 */
export function roomFor(apdu: Apdu, services: ServiceContext, cover: Cover): number {
  const maxPdu = services.association.clientMaxPduSize
  const bit = blockBits[apdu.kind]
  const general = services.grants('general-block-transfer')
  if (!general || (!cover.inBlocks && bit && services.grants(bit))) {
    return Protection.room(maxPdu, cover.policy, cover.format, cover.signed)
  }
  return blocksRoom(maxPdu, services.limits) - maxProtectionBytes
}

/** Carries a request out; undefined when it is no service of this association. */
export function handle(apdu: Apdu, services: ServiceContext): Handled | undefined {
  if (itemsOf(apdu) > services.limits.maxListItems) return undefined
  if (services.shortNames) {
    switch (apdu.kind) {
      case 'read-request':
        return answerRead(apdu, services)
      case 'write-request':
      case 'unconfirmed-write-request':
        return answerWrite(apdu, services)
      default:
        return undefined
    }
  }
  switch (apdu.kind) {
    case 'get-request':
      return answerGet(apdu, services)
    case 'set-request':
      return answerSet(apdu, services)
    case 'action-request':
      return answerAction(apdu, services)
    case 'access-request':
      return services.grants('access') ? answerAccess(apdu, services) : undefined
    default:
      return undefined
  }
}

/** Objects that a request names. */
function itemsOf(apdu: Apdu): number {
  if ('attributes' in apdu) return apdu.attributes.length
  if ('methods' in apdu) return apdu.methods.length
  if ('variables' in apdu) return apdu.variables.length
  return 'specifications' in apdu ? (apdu.specifications?.length ?? 0) : 0
}

/** Service-class 1; a GET and a Read are pointless without their answer, whatever the bit says. */
export function wantsAnswer(apdu: Apdu): boolean {
  switch (apdu.kind) {
    case 'set-request':
    case 'action-request':
      return (apdu.invokeIdAndPriority & confirmedBit) !== 0
    case 'access-request':
      return longInvokeIdOf(apdu.longInvokeId).confirmed
    case 'unconfirmed-write-request':
      return false
    default:
      return true
  }
}

/** The names of an association by short names: those of its offer, or made of the model's object list. */
export function shortNamesOf(
  association: ActiveAssociation,
  options: ServerSessionOptions,
): ShortNames | undefined {
  if (association.referencing !== 'short-name') return undefined
  const offer = options.associations.find((item) => item.clientAddress === association.clientAddress)
  if (offer?.shortNames) return new ShortNames(offer.shortNames)
  const objectList = { classId: 15, obis: '0.0.40.0.0.255', attribute: 2 } as const
  const result = new ServiceContext(options.model, association, defaultSessionLimits).get(objectList)
  return assignShortNames(result.ok ? result.data : data.array())
}
