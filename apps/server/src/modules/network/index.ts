/** Stations, lines, metering points and meters: what there is, where, and how it is reached. */
export { type ImportResult, importNetwork } from './importNetwork.ts'
export type { InstallationList, InstalledMeter, InstalledPoint } from './installation.ts'
export { getMeterKeys, type MeterKeys, storeMeterKey } from './keys.ts'
export {
  findMeteringPoint,
  listMeteringPoints,
  type MeteringPointFilter,
  type MeteringPointRow,
} from './listMeteringPoints.ts'
export { findMeterOfPoint, type MeterDetails } from './meter.ts'
export { registerNetworkRoutes } from './routes.ts'
export { listStations, type StationRow } from './stations.ts'
