// Everything beside its quarter-hours that the days of a point are judged by.

import { dayEnd, dayStart } from '@contor/intervals'
import type { Trx } from '../../platform/index.ts'
import { loadFittings } from '../network/index.ts'
import { loadAround } from './around.ts'
import type { DayFacts } from './dayRules.ts'
import {
  energyOfDay,
  firstReadings,
  loadShown,
  settleExchanges,
  shownMidnights,
  soleFitting,
  stringRegisters,
} from './meters.ts'
import type { RuleSet } from './ruleBook.ts'

type Of = {
  readonly meteringPointId: string
  readonly meterId: string
  /** putere avizată, W */
  readonly approvedPowerW: number
}

/** Facts that don't depend on the block of the day. */
export type Surroundings = Omit<DayFacts, 'block' | 'expected' | 'producer' | 'dayType' | 'history'>

/**
 * Loads what is known around some days; the quarter-hour of an exchange is made first, so that the day is judged
 * whole.
 * @param days in order, at least one
 * @param settle whether quarter-hours of exchanges are made; a trial writes nothing
 */
export async function createFacts(
  trx: Trx,
  of: Of & { readonly rules: RuleSet },
  days: readonly string[],
  settle = true,
): Promise<{ of(day: string): Promise<Surroundings> }> {
  const { meteringPointId, meterId, approvedPowerW, rules } = of
  const recorded = await loadFittings(trx, meteringPointId)
  const fittings = recorded.length > 0 ? recorded : [soleFitting(meterId)]
  const shown = await loadShown(
    trx,
    meteringPointId,
    fittings,
    dayStart(days[0]),
    dayEnd(days[days.length - 1]),
  )
  const register = rules['register-rollover']?.parameters
  const registers = stringRegisters(fittings, shown, {
    capacity: register ? 10 ** register.digits * register.unitWh : 10 ** 15,
    mostW: approvedPowerW * 3,
  })
  if (settle && recorded.length > 0) await settleExchanges(trx, meteringPointId, registers, days)
  const around = await loadAround(trx, meteringPointId, meterId, days)
  return {
    async of(day) {
      const midnights = energyOfDay(registers, day)
      const own = shownMidnights(registers, day)
      const standing = fittings.filter((each) => each.from < dayEnd(day) && each.to > dayStart(day))
      const ratio = Math.max(1, ...standing.map((each) => each.ratio.numerator / each.ratio.denominator))
      const registerOfSlot = around.registerOfSlot(day)
      const currentsA = around.currentsA(day)
      return {
        approvedPowerW,
        ratio,
        ...(midnights ? { midnights } : {}),
        ...(own
          ? {
              shown: {
                midnights: own.midnights,
                ratio: own.fitting.ratio.numerator / own.fitting.ratio.denominator,
                ...(own.fitting.capacity === undefined ? {} : { capacity: own.fitting.capacity }),
              },
            }
          : {}),
        firstReadings: await firstReadings(trx, meteringPointId, recorded, day),
        ...(registerOfSlot ? { registerOfSlot } : {}),
        peerRatios: around.peerRatios(day),
        ...(currentsA ? { currentsA } : {}),
        witnesses: around.witnesses(day),
      }
    },
  }
}
