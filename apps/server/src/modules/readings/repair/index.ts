/** Damaged days: found, named, laid again. */
export { checkPoint, checkSeals, noteFault, openFaults } from './faults.ts'
export type { ReplayedDay } from './rebuild.ts'
export { type RepairOutcome, type RepairSource, repairDay } from './repair.ts'
