// clock: how far the meter's time is off, and setting it.

import { clock, clockStatusDst, fromInstant, toInstant } from '@contor/dlms'
import { offsetMinutes } from '@contor/intervals'
import type { Command } from 'commander'
import { bad, obisOf } from './input.ts'
import { withMeter } from './meter.ts'
import { type Options, withConnection } from './options.ts'
import { print } from './output.ts'

type ClockOptions = Options & { obis: string; set?: boolean; shift?: string }

/** Largest step that `shift_time` takes, seconds (Blue Book 4.5.1). */
const maxShiftS = 900

export function registerClock(dlms: Command): void {
  withConnection(dlms.command('clock').description("Read the meter's clock, set it or shift it"))
    .option('--obis <code>', 'logical name of the clock', obisOf('--obis'), '0.0.1.0.0.255')
    .option('--set', "set it to this computer's time, with the deviation of Europe/Bucharest")
    .option('--shift <seconds>', `move it by −${maxShiftS}…${maxShiftS} s`)
    .action((options: ClockOptions) =>
      withMeter(options, async (meter) => {
        const object = clock(options.obis)
        if (options.set && options.shift !== undefined)
          throw bad('--shift', options.shift, 'left out with --set')
        if (options.shift !== undefined) {
          const seconds = Number(options.shift)
          if (!Number.isInteger(seconds) || Math.abs(seconds) > maxShiftS)
            throw bad('--shift', options.shift, `a whole number −${maxShiftS}…${maxShiftS}`)
          await meter.invoke(object.shiftTime(seconds), 'shift_time')
        }
        if (options.set) {
          const now = Date.now()
          const offset = offsetMinutes(now)
          await meter.write(object.time.write(fromInstant(now, -offset, offset === 180)), 'time')
        }
        const before = Date.now()
        const time = await meter.read(object.time)
        const serverAt = (before + Date.now()) / 2
        const meterAt = toInstant(time, (local) => -offsetMinutes(local))
        const deviationS = meterAt === undefined ? null : Math.round((meterAt - serverAt) / 100) / 10
        const iso = meterAt === undefined ? null : new Date(meterAt).toISOString()
        print(
          options,
          { time: iso, deviationS, daylightSaving: ((time.clockStatus ?? 0) & clockStatusDst) !== 0 },
          iso === null
            ? 'The meter gives no whole instant.'
            : `${iso}  ${deviationS === null ? '' : `${deviationS >= 0 ? '+' : ''}${deviationS} s against this computer`}`,
        )
      }),
    )
}
