/** Damaged days: found, named, laid again. */
export { checkPoint, checkSeals, noteFault, openFaults } from './faults.ts'
export type { RepairSource, ReplayedDay } from './rebuild.ts'
export { type RepairOutcome, repairDay } from './repair.ts'
