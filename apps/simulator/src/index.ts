export { firmwareImage } from './behaviours/imageTransfer.ts'
export { consume, type DayEnergy, type Habit, type User } from './curves.ts'
export { type Fault, type FaultKind, faultTable } from './faults.ts'
export { freePorts } from './freePorts.ts'
export type { Meter } from './meter.ts'
export {
  buildNeighbourhood,
  type Line,
  type Neighbourhood,
  type NeighbourhoodOptions,
  type SimulatedMeter,
  type SimulatedPoint,
  type Station,
} from './neighbourhood.ts'
export { type NeighbourhoodHooks, type RunningNeighbourhood, startNeighbourhood } from './start.ts'
export { type ZooKind, zooKinds } from './zoo/index.ts'
