// Commands over an open session: the only place where an act leaves for a relay.

import { setTimeout as pause } from 'node:timers/promises'
import type { Db } from '../../platform/index.ts'
import { createDesk, type Door, executeCommand, executionPolicy, nextCommand } from '../commands/index.ts'
import type { MeterRef } from '../network/index.ts'
import type { CanSwitch } from './drivers/driver.ts'

const execution = { now: () => Date.now(), pause: (ms: number) => pause(ms), policy: executionPolicy }

/**
 * A meter's commands, one after another, as far as each goes in this session.
 * @param flush stores the frames of the session so far: evidence is there before what it proves
 * @throws DriverError when the session breaks; what may have left is on record
 */
export async function serveCommands(
  db: Db,
  door: Door,
  meter: MeterRef,
  port: CanSwitch,
  flush: () => Promise<void>,
): Promise<void> {
  for (let command = await nextCommand(db, meter); command; command = await nextCommand(db, meter))
    await executeCommand(command, port, createDesk(db, command, door, flush), execution)
}
