/** What other workspaces may use of the server: tests and benchmarks that need its database and its verbs. */
export { createApp } from './cli/app.ts'
export { type InstallationList, importNetwork } from './modules/network/index.ts'
export * from './platform/index.ts'
