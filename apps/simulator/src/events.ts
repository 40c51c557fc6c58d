// Event logs of a meter. Codes as in the Dutch and Romanian companion profiles (standard and fraud log).
import { dayStart } from '@contor/intervals'
import type { Fault } from './faults.ts'

export interface LoggedEvent {
  readonly at: number
  readonly code: number
  /** Of the relay's log: power and threshold at that moment, W. */
  readonly loadW?: number
  readonly thresholdW?: number
}

export interface EventLogs {
  readonly standard: LoggedEvent[]
  readonly fraud: LoggedEvent[]
  /** Disconnect control log. */
  readonly control: LoggedEvent[]
}

/** Rows that each log keeps. */
export const logCapacity = 200

const hour = 3_600_000

/** First entry that a fault of kind 'entries-lost' loses, epoch ms; `amount` quarter-hours go with it. */
export const lostFrom = (faultFrom: string) => dayStart(faultFrom) + hour

/** What happened before anybody asked: installation, and what the meter's fault leaves behind. */
export function historyOf(fault: Fault | undefined, installedOn: string, faultFrom: string): EventLogs {
  const installed = dayStart(installedOn) + 9 * hour
  const logs: EventLogs = {
    standard: [{ at: installed, code: 2 }],
    fraud: [{ at: installed + 600_000, code: 41 }],
    control: [],
  }
  if (fault?.kind === 'entries-lost') {
    const from = lostFrom(faultFrom)
    logs.standard.push({ at: from + 7_000, code: 1 }, { at: from + fault.amount * 900_000 + 12_000, code: 2 })
  }
  if (fault?.kind === 'tampered') {
    const evening = dayStart(faultFrom) + 16 * hour
    logs.fraud.push(
      { at: evening + 2_412_000, code: 44 },
      { at: evening + 2_655_000, code: 42 },
      { at: evening + 2_901_000, code: 45 },
    )
  }
  return logs
}

/** Rows of a log are known by their time stamps: an event of the same millisecond gets the next one. */
export function record(log: LoggedEvent[], event: LoggedEvent): void {
  let free = event.at
  while (log.some(({ at }) => at === free)) free++
  log.push({ ...event, at: free })
  if (log.length > logCapacity) log.splice(0, log.length - logCapacity)
}
