/** Identity, roles, tokens, audit: who may do what, and who did. */
import type { App, Services } from '../../platform/index.ts'
import { registerAuthentication } from './authenticate.ts'
import type { Identity } from './identity.ts'
import { registerTokenRoutes, registerWhoRoutes } from './routes.ts'
import { registerSignInRoutes } from './signInRoutes.ts'

export { writeAudit } from './audit.ts'
export { demoAccounts, ensureDemoAccounts, largestSubject } from './demo.ts'
export { createIdentity, type Identity } from './identity.ts'
export { isPermitted } from './permissions.ts'
export { findPersonWith, personsWith } from './persons.ts'
export { createRoleToken, revokeToken } from './tokens.ts'
export { ensureFirstAdmin, type FirstAdmin, namesOf } from './users.ts'
export { registerAuthentication }

/** Register `registerAuthentication` on the root first: these routes, and all others, count on its actor. */
export function registerAccessRoutes(app: App, services: Services, identity: Identity): void {
  registerSignInRoutes(app, services, identity)
  registerWhoRoutes(app, services)
  registerTokenRoutes(app, services)
}
