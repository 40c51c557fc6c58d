/** The one door of commands: what leaves for a meter's relay, and the guard in front of it. */
export { type ApprovedPower, approvedHolds, sealApproved } from './approvedPower.ts'
export {
  type CommandView,
  commandsOf,
  contactFailed,
  createDesk,
  findCommanded,
  nextCommand,
} from './desk.ts'
export {
  type ActResult,
  executeCommand,
  executionPolicy,
  type LimiterSetting,
  type Load,
  type SwitchPort,
  type SwitchState,
} from './execute.ts'
export { registerGuardRoutes } from './guard/routes.ts'
export { guardLimits, guardState, loosen, setLimit, tighten } from './guard/state.ts'
export { rehearseReleases } from './guard/usage.ts'
export {
  type Limitation,
  liftLimitation,
  lowestLimitation,
  recordLimitation,
} from './limitation.ts'
export {
  type AskedEnd,
  askedEndHolds,
  endProtection,
  type ProtectionRow,
  protectionKinds,
  protectionsOn,
  readProtections,
  sealAskedEnd,
} from './protection.ts'
export type { Door } from './release.ts'
export { cancelCommand, requestCommand } from './request.ts'
export { generateSigner, loadSigner, loadVerifier, type Signer, type Verifier } from './signing.ts'
