// APDU → bytes: the kind chooses the writer.

import { writeAare, writeAarq, writeRelease } from '../acse/encode.ts'
import { Writer } from '../bytes.ts'
import { writeActionRequest, writeActionResponse } from './action.ts'
import type { Apdu } from './apdu.ts'
import { writeCiphered, writeGeneralCiphering, writeGeneralSystemTitle } from './general.ts'
import { writeGetRequest, writeGetResponse } from './get.ts'
import { writeInitiateRequest, writeInitiateResponse } from './initiate.ts'
import {
  writeBlockTransfer,
  writeConfirmedServiceError,
  writeDataNotification,
  writeEventNotification,
  writeException,
  writeInformationReport,
} from './messages.ts'
import { writeSetRequest, writeSetResponse } from './set.ts'

/** Encodes tag and contents. Throws DlmsError 'out-of-range' on values that do not fit their fields. */
export function encodeApdu(apdu: Apdu): Uint8Array {
  const writer = new Writer(128)
  writeApdu(writer, apdu)
  return writer.finish()
}

function writeApdu(writer: Writer, apdu: Apdu): void {
  switch (apdu.kind) {
    case 'get-request':
      return writeGetRequest(writer, apdu)
    case 'get-response':
      return writeGetResponse(writer, apdu)
    case 'set-request':
      return writeSetRequest(writer, apdu)
    case 'set-response':
      return writeSetResponse(writer, apdu)
    case 'action-request':
      return writeActionRequest(writer, apdu)
    case 'action-response':
      return writeActionResponse(writer, apdu)
    case 'data-notification':
      return writeDataNotification(writer, apdu)
    case 'event-notification-request':
      return writeEventNotification(writer, apdu)
    case 'information-report':
      return writeInformationReport(writer, apdu)
    case 'initiate-request':
      return writeInitiateRequest(writer, apdu)
    case 'initiate-response':
      return writeInitiateResponse(writer, apdu)
    case 'confirmed-service-error':
      return writeConfirmedServiceError(writer, apdu)
    case 'exception-response':
      return writeException(writer, apdu)
    case 'general-block-transfer':
      return writeBlockTransfer(writer, apdu)
    case 'glo-ciphered':
    case 'ded-ciphered':
      return writeCiphered(writer, apdu)
    case 'general-glo-ciphering':
    case 'general-ded-ciphering':
      return writeGeneralSystemTitle(writer, apdu)
    case 'general-ciphering':
    case 'general-signing':
      return writeGeneralCiphering(writer, apdu)
    case 'aarq':
      return writeAarq(writer, apdu)
    case 'aare':
      return writeAare(writer, apdu)
    case 'rlrq':
    case 'rlre':
      return writeRelease(writer, apdu)
  }
}
