// The validation rules on days in memory: what one core judges.
import { type DayBlock, mergeDay, seriesOf, sum } from '@contor/intervals'
import { duplicate, intervalSum, missingInterval, spike } from '@contor/vee'
import { makeBlock, pastDays } from './days.ts'
import { cpuRate } from './measure.ts'
import type { Bench } from './types.ts'

const [day] = pastDays(1)

type Case = { block: DayBlock; again: DayBlock; start: Map<string, number>; end: Map<string, number> }

function makeCase(index: number): Case {
  const block = makeBlock(day, index)
  const again = makeBlock(day, index)
  // One day in twenty has a second value for a slot, a spike and a hole.
  if (index % 20 === 0) {
    again.channels[0].values[10] += 1
    block.channels[0].values[40] = 90_000
    block.channels[0].quality[70] = 0
    block.channels[0].values[70] = 0
  }
  const a = seriesOf(block, 'A+')
  const total = a ? sum(a) : 0
  const start = new Map<string, number>([
    ['1.0.1.8.0.255', 1_000_000],
    ['1.0.2.8.0.255', 0],
    ['1.0.1.8.1.255', 600_000],
    ['1.0.1.8.2.255', 400_000],
  ])
  const end = new Map<string, number>([
    ['1.0.1.8.0.255', 1_000_000 + total],
    ['1.0.2.8.0.255', 0],
    ['1.0.1.8.1.255', 600_000 + total],
    ['1.0.1.8.2.255', 400_000],
  ])
  return { block, again, start, end }
}

const rules: Bench = {
  name: 'validation rules',
  async run() {
    const cases = Array.from({ length: 200 }, (_, index) => makeCase(index))
    const intervals = cases.length * cases[0].block.channels.reduce((all, c) => all + c.values.length, 0)
    const judge = ({ block, start, end }: Case) =>
      spike(block, 6_000, { factor: 1.5 }).length +
      missingInterval({ block, expected: { from: 0, to: 96 } }).length +
      intervalSum(block, start, end, { toleranceWh: 1 }).length
    const found = cases.reduce((all, one) => all + judge(one), 0)
    if (found === 0) throw new Error('the rules found nothing in days that are wrong')
    const all = cpuRate(intervals, () => {
      for (const one of cases) judge(one)
    })
    const merged = cpuRate(intervals, () => {
      for (const one of cases) duplicate(day, mergeDay(one.block, one.again).conflicts)
    })
    return [
      {
        name: 'rules spike, missing-interval, interval-sum',
        value: Math.round(all),
        unit: 'intervals/s',
        note: `days of 4 channels × 96; ${found} findings in ${cases.length} days; one core`,
      },
      {
        name: 'merge with a stored day and rule duplicate',
        value: Math.round(merged),
        unit: 'intervals/s',
        note: 'every interval arrives a second time; one core',
      },
    ]
  },
}

export const validationBenches: readonly Bench[] = [rules]
