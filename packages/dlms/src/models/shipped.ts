// The models that come with the package, each loaded when it is asked for.

import { DlmsError } from '../parse.ts'
import { type MeterModel, validateModel } from './model.ts'

const files = {
  'aidon-han-no': () => import('./data/aidon-han-no.json', { with: { type: 'json' } }),
  'contor-neighbourhood': () => import('./data/contor-neighbourhood.json', { with: { type: 'json' } }),
  'contor-neighbourhood-hdlc': () =>
    import('./data/contor-neighbourhood-hdlc.json', { with: { type: 'json' } }),
  'contor-neighbourhood-sn': () => import('./data/contor-neighbourhood-sn.json', { with: { type: 'json' } }),
  'dsmr-2.2': () => import('./data/dsmr-2.2.json', { with: { type: 'json' } }),
  'dsmr-4.2.2': () => import('./data/dsmr-4.2.2.json', { with: { type: 'json' } }),
  'idis-package-2': () => import('./data/idis-package-2.json', { with: { type: 'json' } }),
  'idis-package-3': () => import('./data/idis-package-3.json', { with: { type: 'json' } }),
  'kaifa-han-no': () => import('./data/kaifa-han-no.json', { with: { type: 'json' } }),
  'kamstrup-han-no': () => import('./data/kamstrup-han-no.json', { with: { type: 'json' } }),
  'smr-4.3': () => import('./data/smr-4.3.json', { with: { type: 'json' } }),
  'smr-5.0.0': () => import('./data/smr-5.0.0.json', { with: { type: 'json' } }),
  'smr-5.1': () => import('./data/smr-5.1.json', { with: { type: 'json' } }),
  'smr-5.2': () => import('./data/smr-5.2.json', { with: { type: 'json' } }),
  'smr-5.5': () => import('./data/smr-5.5.json', { with: { type: 'json' } }),
} as const

export type ShippedModelId = keyof typeof files

export const shippedModelIds = Object.keys(files) as readonly ShippedModelId[]

/** A shipped model, checked. Rejects with 'malformed' when its file was damaged. */
export async function loadModel(id: ShippedModelId): Promise<MeterModel> {
  const module: { readonly default: unknown } = await files[id]()
  const check = validateModel(module.default)
  if (check.ok) return check.model
  const { field, problem } = check.issues[0]
  throw new DlmsError('malformed', `meter model ${id}: ${field} ${problem}`)
}
