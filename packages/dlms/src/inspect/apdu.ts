// One APDU by its tag (Green Book 9.5).

import { accessRequest, accessResponse } from './access.ts'
import { association } from './acse.ts'
import { generalCiphering, generalSigning, keyedCiphering, serviceCiphering } from './ciphering.ts'
import type { Layer } from './layer.ts'
import {
  confirmedServiceError,
  dataNotification,
  dataNotificationConfirm,
  eventNotification,
  exceptionResponse,
  generalBlockTransfer,
  initiateRequest,
  initiateResponse,
} from './other.ts'
import { hideRanges } from './secrets.ts'
import {
  actionRequest,
  actionResponse,
  getRequest,
  getResponse,
  setRequest,
  setResponse,
} from './services.ts'
import { informationReport, readRequest, readResponse, writeRequest, writeResponse } from './shortNames.ts'

type Reader = readonly [name: string, read: (layer: Layer) => void]

const ciphered = (name: string, party: 'client' | 'server', dedicated = false): Reader => [
  name,
  (layer) => serviceCiphering(layer, party, dedicated),
]

const readers: Readonly<Record<number, Reader>> = {
  1: ['initiate-request', initiateRequest],
  5: ['read-request', readRequest],
  6: ['write-request', writeRequest],
  8: ['initiate-response', initiateResponse],
  12: ['read-response', readResponse],
  13: ['write-response', writeResponse],
  14: ['confirmed-service-error', confirmedServiceError],
  15: ['data-notification', dataNotification],
  16: ['data-notification-confirm', dataNotificationConfirm],
  22: ['unconfirmed-write-request', writeRequest],
  24: ['information-report-request', informationReport],
  33: ciphered('glo-initiate-request', 'client'),
  37: ciphered('glo-read-request', 'client'),
  38: ciphered('glo-write-request', 'client'),
  40: ciphered('glo-initiate-response', 'server'),
  44: ciphered('glo-read-response', 'server'),
  45: ciphered('glo-write-response', 'server'),
  46: ciphered('glo-confirmed-service-error', 'server'),
  54: ciphered('glo-unconfirmed-write-request', 'client'),
  56: ciphered('glo-information-report-request', 'server'),
  65: ciphered('ded-initiate-request', 'client', true),
  69: ciphered('ded-read-request', 'client', true),
  70: ciphered('ded-write-request', 'client', true),
  72: ciphered('ded-initiate-response', 'server', true),
  76: ciphered('ded-read-response', 'server', true),
  77: ciphered('ded-write-response', 'server', true),
  78: ciphered('ded-confirmed-service-error', 'server', true),
  86: ciphered('ded-unconfirmed-write-request', 'client', true),
  88: ciphered('ded-information-report-request', 'server', true),
  96: ['aarq', (layer) => association(layer, 0x60)],
  97: ['aare', (layer) => association(layer, 0x61)],
  98: ['rlrq', (layer) => association(layer, 0x62)],
  99: ['rlre', (layer) => association(layer, 0x63)],
  192: ['get-request', getRequest],
  193: ['set-request', setRequest],
  194: ['event-notification-request', eventNotification],
  195: ['action-request', actionRequest],
  196: ['get-response', getResponse],
  197: ['set-response', setResponse],
  199: ['action-response', actionResponse],
  200: ciphered('glo-get-request', 'client'),
  201: ciphered('glo-set-request', 'client'),
  202: ciphered('glo-event-notification-request', 'server'),
  203: ciphered('glo-action-request', 'client'),
  204: ciphered('glo-get-response', 'server'),
  205: ciphered('glo-set-response', 'server'),
  207: ciphered('glo-action-response', 'server'),
  208: ciphered('ded-get-request', 'client', true),
  209: ciphered('ded-set-request', 'client', true),
  210: ciphered('ded-event-notification-request', 'server', true),
  211: ciphered('ded-action-request', 'client', true),
  212: ciphered('ded-get-response', 'server', true),
  213: ciphered('ded-set-response', 'server', true),
  215: ciphered('ded-action-response', 'server', true),
  216: ['exception-response', exceptionResponse],
  217: ['access-request', accessRequest],
  218: ['access-response', accessResponse],
  219: ['general-glo-ciphering', (layer) => generalCiphering(layer, false)],
  220: ['general-ded-ciphering', (layer) => generalCiphering(layer, true)],
  221: ['general-ciphering', keyedCiphering],
  223: ['general-signing', generalSigning],
  224: ['general-block-transfer', generalBlockTransfer],
}

export function isApduTag(tag: number): boolean {
  return readers[tag] !== undefined
}

/** Reads the APDU at the layer's position, which must fill the layer. */
export function walkApdu(layer: Layer): void {
  const at = layer.position
  layer.need(1, 'APDU')
  const tag = layer.peek()
  const reader = readers[tag]
  if (!reader) layer.fail('apdu-tag', `no APDU has the tag ${tag.toString(16).padStart(2, '0')}`, at)
  const { state } = layer
  if (state.layers >= state.limits.maxDepth) layer.fail('too-deep', 'too many APDUs inside each other', at)
  state.layers++
  hideRanges(state, layer.bytes.subarray(at, layer.end))
  try {
    layer.group('apdu', (node) => {
      node.type = reader[0]
      layer.u8('tag', () => reader[0])
      reader[1](layer)
      if (layer.remaining > 0) {
        layer.fail('trailing', `${layer.remaining} octets after the end of the APDU`)
      }
    })
  } finally {
    state.layers--
  }
}
