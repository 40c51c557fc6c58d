// APDU → bytes: the kind chooses the writer.

import { writeAare, writeAarq, writeRelease } from '../acse/encode.ts'
import { type Writer, written } from '../bytes.ts'
import { writeAccessRequest, writeAccessResponse } from './access.ts'
import { writeActionRequest, writeActionResponse } from './action.ts'
import type { Apdu } from './apdu.ts'
import { writeCiphered, writeGeneralCiphering, writeGeneralSystemTitle } from './general.ts'
import { writeGetRequest, writeGetResponse } from './get.ts'
import { writeInitiateRequest, writeInitiateResponse } from './initiate.ts'
import {
  writeBlockTransfer,
  writeConfirmedServiceError,
  writeDataNotification,
  writeDataNotificationConfirm,
  writeEventNotification,
  writeException,
} from './messages.ts'
import { writeSetRequest, writeSetResponse } from './set.ts'
import {
  writeInformationReport,
  writeReadRequest,
  writeReadResponse,
  writeWriteRequest,
  writeWriteResponse,
} from './shortNames.ts'

/** Encodes tag and contents. Throws DlmsError 'out-of-range' on values that do not fit their fields. */
export function encodeApdu(apdu: Apdu): Uint8Array {
  return written((writer) => writeApdu(writer, apdu))
}

function writeApdu(writer: Writer, apdu: Apdu): void {
  switch (apdu.kind) {
    case 'get-request':
      writeGetRequest(writer, apdu)
      return
    case 'get-response':
      writeGetResponse(writer, apdu)
      return
    case 'set-request':
      writeSetRequest(writer, apdu)
      return
    case 'set-response':
      writeSetResponse(writer, apdu)
      return
    case 'action-request':
      writeActionRequest(writer, apdu)
      return
    case 'action-response':
      writeActionResponse(writer, apdu)
      return
    case 'access-request':
      writeAccessRequest(writer, apdu)
      return
    case 'access-response':
      writeAccessResponse(writer, apdu)
      return
    case 'read-request':
      writeReadRequest(writer, apdu)
      return
    case 'read-response':
      writeReadResponse(writer, apdu)
      return
    case 'write-request':
    case 'unconfirmed-write-request':
      writeWriteRequest(writer, apdu)
      return
    case 'write-response':
      writeWriteResponse(writer, apdu)
      return
    case 'data-notification-confirm':
      writeDataNotificationConfirm(writer, apdu)
      return
    case 'data-notification':
      writeDataNotification(writer, apdu)
      return
    case 'event-notification-request':
      writeEventNotification(writer, apdu)
      return
    case 'information-report':
      writeInformationReport(writer, apdu)
      return
    case 'initiate-request':
      writeInitiateRequest(writer, apdu)
      return
    case 'initiate-response':
      writeInitiateResponse(writer, apdu)
      return
    case 'confirmed-service-error':
      writeConfirmedServiceError(writer, apdu)
      return
    case 'exception-response':
      writeException(writer, apdu)
      return
    case 'general-block-transfer':
      writeBlockTransfer(writer, apdu)
      return
    case 'glo-ciphered':
    case 'ded-ciphered':
      writeCiphered(writer, apdu)
      return
    case 'general-glo-ciphering':
    case 'general-ded-ciphering':
      writeGeneralSystemTitle(writer, apdu)
      return
    case 'general-ciphering':
    case 'general-signing':
      writeGeneralCiphering(writer, apdu)
      return
    case 'aarq':
      writeAarq(writer, apdu)
      return
    case 'aare':
      writeAare(writer, apdu)
      return
    case 'rlrq':
    case 'rlre':
      writeRelease(writer, apdu)
      return
  }
}
