import { buildNeighbourhood } from '@contor/simulator'
import type { InstallationList } from '../modules/network/index.ts'
import type { Config } from '../platform/config.ts'

/** The same seed gives the same households, keys and faults at every start. */
export const demoSeed = 20_241

/** The operator's installation list of the demo: what the virtual neighbourhood has hung on its walls. */
export function demoInstallation(config: Config): InstallationList {
  return buildNeighbourhood({ meters: config.demoMeters, seed: demoSeed, basePort: config.simulatorPort })
}
