// `contor dlms`: talk to one meter from the command line, for field engineers and scripts.

import type { Command } from 'commander'
import { registerCalendar } from './dlms/calendar.ts'
import { registerClock } from './dlms/clock.ts'
import { registerDiscover } from './dlms/discover.ts'
import { registerFirmware } from './dlms/firmware.ts'
import { registerKeys } from './dlms/keys.ts'
import { registerObjects } from './dlms/objects.ts'
import { registerPush } from './dlms/push.ts'
import { registerRelay } from './dlms/relay.ts'
import { registerTrace } from './dlms/trace.ts'

/** Adds the `dlms` command with its subcommands. */
export function registerDlms(program: Command): void {
  const dlms = program
    .command('dlms')
    .description('Talk to one DLMS/COSEM meter over TCP, UDP or a serial line')
  registerObjects(dlms)
  registerDiscover(dlms)
  registerClock(dlms)
  registerRelay(dlms)
  registerCalendar(dlms)
  registerFirmware(dlms)
  registerKeys(dlms)
  registerPush(dlms)
  registerTrace(dlms)
}
