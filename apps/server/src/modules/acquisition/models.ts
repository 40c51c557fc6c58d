// The meter models that the collector knows: those of the library, and the operator's own files.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadModel, type MeterModel, shippedModelIds, validateModel } from '@contor/dlms'
import { ContorError } from '../../platform/index.ts'

export type MeterModels = ReadonlyMap<string, MeterModel>

/**
 * Every model by its id; a file of the operator takes the place of a shipped model of the same id.
 * @param folder of JSON files, one model each (`CONTOR_MODELS`)
 * @throws ContorError 'invalid-request' that names the file, the field, its value and the remedy
 */
export async function loadMeterModels(folder?: string): Promise<MeterModels> {
  const models = new Map<string, MeterModel>()
  for (const id of shippedModelIds) models.set(id, await loadModel(id))
  if (!folder) return models
  const own = new Map<string, string>()
  for (const name of await filesOf(folder)) {
    const model = await readModel(join(folder, name))
    const other = own.get(model.id)
    if (other !== undefined) {
      throw wrong(`${name}: id`, model.id, `stands in ${other} too`, 'give each model an id of its own')
    }
    own.set(model.id, name)
    models.set(model.id, model)
  }
  return models
}

/** The model of a meter. @throws ContorError 'invalid-request' when there is none of that id */
export function modelOf(models: MeterModels, id: string): MeterModel {
  const model = models.get(id)
  if (model) return model
  const remedy = `put a file of this id into CONTOR_MODELS, or name one of ${[...models.keys()].join(', ')}`
  throw wrong('modelId', id, 'names no meter model', remedy)
}

async function filesOf(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith('.json')).sort()
  } catch (cause) {
    const problem = `cannot be read (${(cause as NodeJS.ErrnoException).code})`
    throw wrong('CONTOR_MODELS', folder, problem, 'name a folder of JSON files, or leave it out')
  }
}

async function readModel(file: string): Promise<MeterModel> {
  let json: unknown
  try {
    json = JSON.parse(await readFile(file, 'utf8'))
  } catch (cause) {
    throw wrong(file, (cause as Error).message, 'is no JSON', 'correct the file')
  }
  const check = validateModel(json)
  if (check.ok) return check.model
  const { field, value, problem, remedy } = check.issues[0]
  throw wrong(`${file}: ${field}`, value, problem, remedy)
}

function wrong(field: string, value: string, problem: string, remedy: string): ContorError {
  return new ContorError('invalid-request', `${field} ${problem}`, { field, value, remedy })
}
