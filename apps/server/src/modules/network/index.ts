/** Stations, lines, metering points and meters: what there is, where, and how it is reached. */
export { exchangeMeter } from './exchange.ts'
export { noteExchange } from './exchangeNotes.ts'
export { loadFittings } from './fittings.ts'
export { importNetwork } from './importNetwork.ts'
export type { InstallationList, InstalledPoint } from './installation.ts'
export { getMeterKeys, type KeyPair, type MeterKeys, type MeterRef } from './keys.ts'
export { listMeteringPoints } from './listMeteringPoints.ts'
export { registerNetworkRoutes } from './routes.ts'
