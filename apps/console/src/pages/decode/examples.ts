// Frames of conformance/, whose files say where they come from; their keys are published test keys.
// They are part of the page: choosing one makes no request either.

import type { KeyTexts } from '@contor/inspect'
import { hex as aarq } from '../../../../../conformance/frames/dlms-apdu/aarq-lls.json'
import { hex as notification } from '../../../../../conformance/frames/dlms-apdu/egd-example-data-notification.json'
import { hex as get } from '../../../../../conformance/frames/dlms-apdu/get-request-normal.json'
import { hex as block } from '../../../../../conformance/frames/dlms-apdu/get-response-with-block.json'
import { hex as push } from '../../../../../conformance/frames/dlms-hdlc/kaifa-ma304h3e-push.json'
import {
  keys as blockKeys,
  frames as blocks,
} from '../../../../../conformance/frames/dlms-hdlc/landisgyr-e450-gbt-ciphered-push.json'
import { hex as mbus } from '../../../../../conformance/frames/mbus/kamstrup-multical-601.json'
import { text as p1 } from '../../../../../conformance/frames/p1/dsmr-4.2-kfm-1.json'

/** Named `decode.examples.<id>` in the languages. */
export type Example = {
  readonly id: string
  readonly frames?: readonly string[]
  readonly text?: string
  readonly keys?: KeyTexts
}

export const examples: readonly Example[] = [
  { id: 'push', frames: [push] },
  { id: 'gbt', frames: blocks, keys: blockKeys },
  { id: 'aarq', frames: [aarq] },
  { id: 'get', frames: [get] },
  { id: 'block', frames: [block] },
  { id: 'notification', frames: [notification] },
  { id: 'mbus', frames: [mbus] },
  { id: 'p1', text: p1 },
]
