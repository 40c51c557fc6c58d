// What a point would likely have measured in the quarter-hours that are missing, from its own days before.

import { type DayBlock, isPresent, seriesOf, slotsInDay } from '@contor/intervals'
import { wallQuarter } from '@contor/vee'

/** Energies in Wh; `spreadWh` is the standard uncertainty of import less export. */
export type Expected = { readonly importWh: number; readonly exportWh: number; readonly spreadWh: number }

/** Slots of a day without a value in A+; all of them where nothing is stored. */
export function missingSlots(day: string, block: DayBlock | undefined): number[] {
  const marks = block && seriesOf(block, 'A+')?.quality
  return Array.from({ length: slotsInDay(day) }, (_, slot) => slot).filter(
    (slot) => !marks || !isPresent(marks[slot] ?? 0),
  )
}

/**
 * The mean over the days of `history` that have all of the same quarter-hours of the clock, with the spread that one
 * more day would have around it.
 * @returns undefined when fewer than `fewest` days have them
 */
export function expectMissing(
  day: string,
  missing: readonly number[],
  history: readonly DayBlock[],
  fewest: number,
): Expected | undefined {
  if (missing.length === 0) return { importWh: 0, exportWh: 0, spreadWh: 0 }
  const quarters = missing.map((slot) => wallQuarter(slot, slotsInDay(day)))
  const days = history.flatMap((block) => energyAt(block, quarters) ?? [])
  if (days.length < Math.max(2, fewest)) return undefined
  const mean = (of: (each: { importWh: number; exportWh: number }) => number) =>
    days.reduce((all, each) => all + of(each), 0) / days.length
  const importWh = mean((each) => each.importWh)
  const exportWh = mean((each) => each.exportWh)
  const net = importWh - exportWh
  const squares = days.reduce((all, each) => all + (each.importWh - each.exportWh - net) ** 2, 0)
  const spreadWh = Math.sqrt((squares / (days.length - 1)) * (1 + 1 / days.length))
  return { importWh, exportWh, spreadWh }
}

function energyAt(block: DayBlock, quarters: readonly number[]) {
  const imported = seriesOf(block, 'A+')
  if (!imported) return undefined
  const exported = seriesOf(block, 'A-')
  const slotOf = new Map(
    Array.from(imported.values, (_, slot) => [wallQuarter(slot, imported.values.length), slot]),
  )
  let importWh = 0
  let exportWh = 0
  for (const quarter of quarters) {
    const slot = slotOf.get(quarter)
    if (slot === undefined || !isPresent(imported.quality[slot])) return undefined
    importWh += imported.values[slot]
    exportWh += exported?.values[slot] ?? 0
  }
  return { importWh, exportWh }
}
