// Frames of conformance/, with where they come from; their keys are published test keys.

import type { KeyTexts } from '@contor/inspect'

type Vector = { hex?: string; frames?: string[]; text?: string; keys?: KeyTexts }
export type Example = { readonly id: string; readonly load: () => Promise<{ default: Vector }> }

/** Named `decode.examples.<id>` in the languages. */
export const examples: readonly Example[] = [
  {
    id: 'push',
    load: () => import('../../../../../conformance/frames/dlms-hdlc/kaifa-ma304h3e-push.json'),
  },
  {
    id: 'gbt',
    load: () => import('../../../../../conformance/frames/dlms-hdlc/landisgyr-e450-gbt-ciphered-push.json'),
  },
  { id: 'aarq', load: () => import('../../../../../conformance/frames/dlms-apdu/aarq-lls.json') },
  { id: 'get', load: () => import('../../../../../conformance/frames/dlms-apdu/get-request-normal.json') },
  {
    id: 'block',
    load: () => import('../../../../../conformance/frames/dlms-apdu/get-response-with-block.json'),
  },
  {
    id: 'notification',
    load: () => import('../../../../../conformance/frames/dlms-apdu/egd-example-data-notification.json'),
  },
  {
    id: 'mbus',
    load: () => import('../../../../../conformance/frames/mbus/kamstrup-multical-601.json'),
  },
  { id: 'p1', load: () => import('../../../../../conformance/frames/p1/dsmr-4.2-kfm-1.json') },
]
