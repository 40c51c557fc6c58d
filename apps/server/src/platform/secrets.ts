import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ContorError } from './errors.ts'

const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Wraps secrets for storage. Holds the installation's key; never prints it. */
export interface KeyRing {
  /** @returns nonce ‖ ciphertext ‖ tag, AES-256-GCM; `context` is authenticated with it, e.g. `${meterId}:${kind}` */
  wrap(secret: Uint8Array, context: string): Buffer
  /** @throws ContorError 'secrets-failed' when the key or the context is another one */
  unwrap(wrapped: Uint8Array, context: string): Buffer
}

export function createKeyRing(key: Uint8Array): KeyRing {
  if (key.length !== KEY_BYTES)
    throw new ContorError('secrets-failed', `The installation key must have ${KEY_BYTES} bytes`, {
      field: 'CONTOR_KEK',
      remedy: 'Write 64 hexadecimal digits.',
    })
  const held = Buffer.from(key)
  return {
    wrap(secret, context) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', held, nonce)
      cipher.setAAD(Buffer.from(context))
      return Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()])
    },
    unwrap(wrapped, context) {
      try {
        const bytes = Buffer.from(wrapped)
        const decipher = createDecipheriv('aes-256-gcm', held, bytes.subarray(0, NONCE_BYTES))
        decipher.setAAD(Buffer.from(context))
        decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES))
        return Buffer.concat([
          decipher.update(bytes.subarray(NONCE_BYTES, bytes.length - TAG_BYTES)),
          decipher.final(),
        ])
      } catch {
        throw new ContorError('secrets-failed', `A stored secret does not open (${context})`, {
          remedy:
            'The installation key is not the one that wrapped it: restore secrets/kek of the data folder.',
        })
      }
    },
  }
}

/** The folder of secrets, readable by its owner only. */
export async function secretsDir(dataDir: string): Promise<string> {
  const dir = join(dataDir, 'secrets')
  await mkdir(dir, { recursive: true, mode: 0o700 })
  await chmod(dir, 0o700)
  return dir
}

/** Reads a secret of the data folder, or makes it once (`make`), with mode 0600. */
export async function readOrCreateSecret(dataDir: string, name: string, make: () => string): Promise<string> {
  const path = join(await secretsDir(dataDir), name)
  try {
    // 'wx': of two processes that start together one writes and both read the same.
    await writeFile(path, `${make()}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return (await readFile(path, 'utf8')).trim()
}

/** The installation's key: CONTOR_KEK (64 hex digits) or `secrets/kek` of the data folder, made at first use. */
export async function loadKeyRing(dataDir: string, env: NodeJS.ProcessEnv = process.env): Promise<KeyRing> {
  const text =
    env['CONTOR_KEK'] ||
    (await readOrCreateSecret(dataDir, 'kek', () => randomBytes(KEY_BYTES).toString('hex')))
  if (!/^[0-9a-f]{64}$/i.test(text))
    throw new ContorError('secrets-failed', 'The installation key is not 64 hexadecimal digits', {
      field: env['CONTOR_KEK'] ? 'CONTOR_KEK' : 'secrets/kek',
      remedy: 'Restore it from your backup; without it the stored meter keys cannot be opened.',
    })
  return createKeyRing(Buffer.from(text, 'hex'))
}
