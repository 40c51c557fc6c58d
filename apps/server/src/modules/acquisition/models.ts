// The meter models that the collector knows: those of the library, and the operator's own files.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadModel, type MeterModel, type ModelIssue, shippedModelIds, validateModel } from '@contor/dlms'
import { ContorError } from '../../platform/index.ts'
import { DriverError } from './drivers/driver.ts'

/** Why a file of the operator is no model: what is wrong with its first wrong field. */
export type ModelProblem = ModelIssue & { readonly file: string }

export type MeterModels = {
  readonly byId: ReadonlyMap<string, MeterModel>
  /** Files that were left out. */
  readonly problems: readonly ModelProblem[]
}

/**
 * Every model by its id; a file of the operator takes the place of a shipped model of the same id. A file that is
 * wrong is left out and told; the others count.
 * @param folder of JSON files, one model each
 * @throws ContorError 'bad-configuration' when the folder cannot be read
 */
export async function loadMeterModels(folder?: string): Promise<MeterModels> {
  const byId = new Map<string, MeterModel>()
  for (const id of shippedModelIds) byId.set(id, await loadModel(id))
  const problems: ModelProblem[] = []
  const own = new Map<string, string>()
  for (const file of folder ? await filesOf(folder) : []) {
    const read = await readModel(join(folder ?? '', file))
    if (!read.ok) {
      problems.push({ file, ...read.issue })
      continue
    }
    const { id } = read.model
    const other = own.get(id)
    if (other !== undefined) {
      const issue = {
        field: 'id',
        value: id,
        problem: `stands in ${other} too`,
        remedy: 'give it another id',
      }
      problems.push({ file, ...issue })
      continue
    }
    own.set(id, file)
    byId.set(id, read.model)
  }
  return { byId, problems }
}

/** A problem as one line: file, field, value, what is wrong, what to do. */
export function problemText({ file, field, value, problem, remedy }: ModelProblem): string {
  return `${[file, field].filter(Boolean).join(': ')} ${problem} (${value}); ${remedy}`
}

/** The model of a meter. @throws DriverError 'refused' when there is none of that id */
export function modelOf({ byId, problems }: MeterModels, id: string): MeterModel {
  const model = byId.get(id)
  if (model) return model
  const broken = problems.length > 0 ? `, correct ${problems.map(({ file }) => file).join(', ')}` : ''
  throw new DriverError(
    'refused',
    `modelId ${id} names no meter model; put a file of this id into CONTOR_MODELS${broken}, or name one of ${[...byId.keys()].join(', ')}`,
  )
}

async function filesOf(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith('.json')).sort()
  } catch (cause) {
    const problem = `cannot be read (${(cause as NodeJS.ErrnoException).code})`
    throw new ContorError('bad-configuration', `CONTOR_MODELS ${folder} ${problem}`, {
      field: 'CONTOR_MODELS',
      value: folder,
      remedy: 'Name a folder of JSON files, or leave it out.',
    })
  }
}

type Read =
  | { readonly ok: true; readonly model: MeterModel }
  | { readonly ok: false; readonly issue: ModelIssue }

async function readModel(path: string): Promise<Read> {
  let json: unknown
  try {
    json = JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    const value = (cause as Error).message.slice(0, 120)
    return { ok: false, issue: { field: '', value, problem: 'is no JSON', remedy: 'correct the file' } }
  }
  const check = validateModel(json)
  return check.ok ? check : { ok: false, issue: check.issues[0] }
}
