/** The one door of the platform for modules. */
export { type Actor, type Role, roles, systemActor } from './actor.ts'
export { type Config, loadConfig } from './config.ts'
export {
  asSystem,
  createPool,
  type Db,
  type PoolOptions,
  type Trx,
  withActor,
  withActorClient,
} from './db/pool.ts'
export type * from './db/schema.ts'
export { ContorError, type ErrorCode, errorBody, notFound } from './errors.ts'
export type { App, Permission, Services } from './http/app.ts'
export { decodeCursor, encodeCursor } from './http/cursor.ts'
export { isSafeAddress } from './http/outgoing.ts'
export * from './http/schemas.ts'
export { createLog, type Log } from './log.ts'
export { createKeyRing, type KeyRing, loadKeyRing, readOrCreateSecret, secretsDir } from './secrets.ts'
export { escapeXml } from './xml.ts'
