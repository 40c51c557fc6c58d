// Who may order is not who executes: the process that takes orders holds the private key, the one that speaks to the
// meters only the public one. A row written straight into the table of commands is therefore not executed.

import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ContorError, readOrCreateSecret, secretsDir } from '../../platform/index.ts'

/** Signs with Ed25519 (RFC 8032). */
export interface Signer {
  sign(bytes: Uint8Array): Buffer
  readonly verifier: Verifier
}
export interface Verifier {
  verify(bytes: Uint8Array, signature: Uint8Array): boolean
}

const privateName = 'command-signing-key'
const publicName = 'command-verify-key'

/** The signer of a data folder: made once; beside it lies the public key for the collectors. */
export async function loadSigner(dataDir: string): Promise<Signer> {
  const pem = await readOrCreateSecret(dataDir, privateName, () =>
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
  )
  const signer = createSigner(pem)
  const publicPath = join(await secretsDir(dataDir), publicName)
  await writeFile(publicPath, `${publicText(pem)}\n`, { mode: 0o644 })
  return signer
}

/** @param secret base64 of the PKCS #8 DER */
export function createSigner(secret: string): Signer {
  const key = openKey(() =>
    createPrivateKey({ key: Buffer.from(secret, 'base64'), format: 'der', type: 'pkcs8' }),
  )
  return { sign: (bytes) => sign(null, bytes, key), verifier: createVerifier(publicText(secret)) }
}

/** A signer of its own, for tests and tools that keep no folder. */
export function generateSigner(): Signer {
  const { privateKey } = generateKeyPairSync('ed25519')
  return createSigner(privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'))
}

function publicText(secret: string): string {
  const key = createPublicKey(
    createPrivateKey({ key: Buffer.from(secret, 'base64'), format: 'der', type: 'pkcs8' }),
  )
  return key.export({ type: 'spki', format: 'der' }).toString('base64')
}

/** @param text base64 of the SPKI DER */
function createVerifier(text: string): Verifier {
  const key = openKey(() =>
    createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' }),
  )
  return { verify: (bytes, signature) => verify(null, bytes, key, signature) }
}

/**
 * The verifier of a data folder, or of CONTOR_COMMAND_KEY (base64 of the public key).
 * @returns undefined when no signer has run yet: such a collector executes nothing
 */
export async function loadVerifier(dataDir: string, env = process.env): Promise<Verifier | undefined> {
  const text =
    env['CONTOR_COMMAND_KEY'] ??
    (await readFile(join(await secretsDir(dataDir), publicName), 'utf8').catch(() => undefined))
  return text ? createVerifier(text.trim()) : undefined
}

function openKey<T>(open: () => T): T {
  try {
    return open()
  } catch (cause) {
    throw new ContorError('secrets-failed', 'The key of commands cannot be read', {
      field: 'secrets/command-signing-key',
      remedy:
        'Restore it from your backup, or remove both command keys: a new pair is made at the next start.',
      cause,
    })
  }
}
