// Bytes → APDU: the tag chooses the reader. Also the table of tags (Green Book 9.5).

import { readAare, readAarq, readRelease } from '../acse/decode.ts'
import { decodeWith, type Reader } from '../bytes.ts'
import { DlmsError, defaultLimits, type Limits, type Parse } from '../parse.ts'
import { readAccessRequest, readAccessResponse } from './access.ts'
import { readActionRequest, readActionResponse } from './action.ts'
import type { Apdu } from './apdu.ts'
import { cipheredTags, readCiphered, readGeneralCiphering, readGeneralSystemTitle } from './general.ts'
import { readGetRequest, readGetResponse } from './get.ts'
import { readInitiateRequest, readInitiateResponse } from './initiate.ts'
import {
  readBlockTransfer,
  readConfirmedServiceError,
  readDataNotification,
  readDataNotificationConfirm,
  readEventNotification,
  readException,
} from './messages.ts'
import { readSetRequest, readSetResponse } from './set.ts'
import {
  readInformationReport,
  readReadRequest,
  readReadResponse,
  readWriteRequest,
  readWriteResponse,
} from './shortNames.ts'

const readers: Readonly<Record<number, (reader: Reader) => Apdu>> = {
  1: readInitiateRequest,
  5: readReadRequest,
  6: (reader) => readWriteRequest(reader, 'write-request'),
  8: readInitiateResponse,
  12: readReadResponse,
  13: readWriteResponse,
  14: readConfirmedServiceError,
  15: readDataNotification,
  16: readDataNotificationConfirm,
  22: (reader) => readWriteRequest(reader, 'unconfirmed-write-request'),
  24: readInformationReport,
  96: readAarq,
  97: readAare,
  98: (reader) => readRelease(reader, 'rlrq'),
  99: (reader) => readRelease(reader, 'rlre'),
  192: readGetRequest,
  193: readSetRequest,
  194: readEventNotification,
  195: readActionRequest,
  196: readGetResponse,
  197: readSetResponse,
  199: readActionResponse,
  216: readException,
  217: readAccessRequest,
  218: readAccessResponse,
  219: (reader) => readGeneralSystemTitle(reader, 'general-glo-ciphering'),
  220: (reader) => readGeneralSystemTitle(reader, 'general-ded-ciphering'),
  221: (reader) => readGeneralCiphering(reader, 'general-ciphering'),
  223: (reader) => readGeneralCiphering(reader, 'general-signing'),
  224: readBlockTransfer,
}

/**
 * Decodes one APDU at `offset`. Never throws. `next` is the offset behind it: the caller decides what to
 * make of bytes after it. 'more' means that the APDU is longer than the bytes given.
 */
export function decodeApdu(bytes: Uint8Array, limits: Limits = defaultLimits, offset = 0): Parse<Apdu> {
  return decodeWith(bytes, offset, limits, readApdu)
}

/** Reads tag and contents. Throws DlmsError. */
export function readApdu(reader: Reader): Apdu {
  const at = reader.offset
  const tag = reader.u8()
  const read = readers[tag]
  if (read) return read(reader)
  if (cipheredTags.has(tag)) return readCiphered(reader, tag)
  throw new DlmsError('unknown-tag', `no APDU has tag 0x${tag.toString(16).padStart(2, '0')}`, { offset: at })
}
