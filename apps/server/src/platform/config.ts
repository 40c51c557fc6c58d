import { resolve } from 'node:path'
import { ContorError } from './errors.ts'

export interface Config {
  /** Everything that must survive a restart. Absolute. */
  readonly dataDir: string
  readonly port: number
  readonly host: string
  /** An existing PostgreSQL; undefined: the embedded one in `dataDir`. */
  readonly databaseUrl: string | undefined
  readonly demoMeters: number
  /** First port of the virtual neighbourhood. */
  readonly simulatorPort: number
  /** Folder of the operator's own meter models. Absolute; undefined: the shipped ones alone. */
  readonly modelsDir: string | undefined
}

/** Reads the environment. @throws ContorError 'bad-configuration' naming the variable and the value */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  return {
    dataDir: resolve(env['CONTOR_DATA'] || 'data'),
    port: integer(env, 'PORT', 8080, 0, 65_535),
    host: env['HOST'] || '127.0.0.1',
    databaseUrl: databaseUrl(env['DATABASE_URL']),
    demoMeters: integer(env, 'CONTOR_DEMO_METERS', 200, 1, 5_000),
    simulatorPort: integer(env, 'CONTOR_DEMO_BASE_PORT', 14_059, 1_024, 60_000),
    modelsDir: env['CONTOR_MODELS'] ? resolve(env['CONTOR_MODELS']) : undefined,
  }
}

function integer(env: NodeJS.ProcessEnv, name: string, fallback: number, min: number, max: number): number {
  const text = env[name]
  if (text === undefined || text === '') return fallback
  const value = Number(text)
  if (Number.isInteger(value) && value >= min && value <= max) return value
  throw new ContorError('bad-configuration', `${name} must be a whole number from ${min} to ${max}`, {
    field: name,
    value: text,
    remedy: `Set ${name} to such a number, or unset it to use ${fallback}.`,
  })
}

function databaseUrl(text: string | undefined): string | undefined {
  if (!text) return undefined
  if (/^postgres(ql)?:\/\//.test(text) && URL.canParse(text)) return text
  throw new ContorError('bad-configuration', 'DATABASE_URL is not a PostgreSQL address', {
    field: 'DATABASE_URL',
    remedy: 'Write postgres://user:password@host:5432/database, or unset it to use the embedded PostgreSQL.',
  })
}
