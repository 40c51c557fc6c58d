import { useTranslation } from 'react-i18next'
import { useFormat } from '../format/format.ts'
import { stripes, timeFrame, tipLine } from './timeFrame.ts'
import { type Palette, useChart } from './useChart.ts'

export type SumSteps = {
  /** Instants at which steps begin. */
  starts: readonly string[]
  /** Wh or varh. */
  values: readonly number[]
  unit: 'Wh' | 'varh'
  /** How many values there should be, how many there are, how many of those were not measured. */
  expected?: readonly number[]
  present?: readonly number[]
  notMeasured?: readonly number[]
}

/** A sum over time: columns for days and months, a line for anything finer; steps that lack values stand out. */
export function SumChart(props: { steps: SumSteps; size: 'fine' | 'day' | 'month'; label: string }) {
  const { steps, size } = props
  const { t } = useTranslation()
  const f = useFormat()
  const name = (i: number) => {
    const at = steps.starts[i]
    return size === 'fine' ? f.dateTime(at) : size === 'day' ? f.date(at) : f.date(at).slice(3)
  }
  const tip = (i: number) => {
    if (steps.starts[i] === undefined) return ''
    const [expected, present, other] = [steps.expected?.[i], steps.present?.[i], steps.notMeasured?.[i]]
    return [
      `<div style="margin-bottom:4px">${name(i)}</div>`,
      tipLine(t('sums.value'), f.energy(steps.values[i], steps.unit, size === 'fine' ? 3 : 1)),
      expected === undefined || present === undefined
        ? ''
        : tipLine(t('sums.present'), `${f.number(present)} / ${f.number(expected)}`),
      other ? tipLine(t('sums.notMeasured'), f.number(other)) : '',
    ].join('')
  }
  const build = (c: Palette) => ({
    ...timeFrame(c, f, {
      labels: steps.starts.map((_, i) => name(i)),
      unit: `k${steps.unit}`,
      pointer: size === 'fine' ? 'line' : 'shadow',
      tip,
    }),
    series: [
      size === 'fine'
        ? {
            type: 'line',
            step: 'end',
            symbol: 'none',
            sampling: 'lttb',
            lineStyle: { color: c.accent, width: 1.6 },
            areaStyle: { color: c.accentSoft },
            data: steps.values.map((value) => value / 1000),
          }
        : {
            type: 'bar',
            barMaxWidth: 34,
            data: steps.values.map((value, i) => ({
              value: value / 1000,
              itemStyle: lacks(steps, i)
                ? {
                    color: c.accent,
                    decal: stripes(c),
                  }
                : { color: c.accent },
            })),
          },
    ],
  })
  const { box } = useChart(build, [steps, size, f, t])
  return <div ref={box} style={{ height: 'clamp(220px, 34vh, 420px)' }} role="img" aria-label={props.label} />
}

const lacks = ({ expected, present }: SumSteps, i: number) =>
  expected !== undefined && present !== undefined && present[i] < expected[i]
