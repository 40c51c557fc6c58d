import type { Format } from '../format/format.ts'
import type { Palette } from './useChart.ts'

/** A line of a tooltip: a word and its value. */
export const tipLine = (word: string, value: string) =>
  `<div style="display:flex;justify-content:space-between;gap:20px"><span>${word}</span><b>${value}</b></div>`

/** What charts of energy over time share: grid, tooltip, axes; a chart adds its series. */
export function timeFrame(
  c: Palette,
  f: Format,
  options: {
    readonly labels: readonly string[]
    readonly unit: string
    readonly pointer: 'line' | 'shadow'
    /** Labels left out between two that are shown. */
    readonly interval?: number | 'auto'
    readonly tip: (index: number) => string
  },
) {
  const { labels, unit, pointer, interval = 'auto', tip } = options
  return {
    animation: false,
    aria: { enabled: false },
    textStyle: { fontFamily: c.font, color: c.ink },
    grid: { left: 8, right: 8, top: 34, bottom: 8, containLabel: true },
    tooltip: {
      trigger: 'axis',
      confine: true,
      extraCssText: 'z-index: 10',
      axisPointer: { type: pointer },
      backgroundColor: c.surface,
      borderColor: c.lineStrong,
      textStyle: { color: c.ink, fontSize: 13 },
      formatter: (items: { dataIndex: number }[]) => tip(items[0]?.dataIndex ?? -1),
    },
    xAxis: {
      type: 'category',
      data: [...labels],
      axisLine: { lineStyle: { color: c.lineStrong } },
      axisTick: { show: false },
      axisLabel: { color: c.muted, hideOverlap: true, interval },
    },
    yAxis: {
      type: 'value',
      name: unit,
      nameTextStyle: { color: c.muted, align: 'right' },
      axisLabel: {
        color: c.muted,
        formatter: (v: number) => f.number(v, v !== 0 && Math.abs(v) < 5 ? 1 : 0),
      },
      splitLine: { lineStyle: { color: c.line } },
    },
  }
}

/** Stripes over a column: its value lacks something. */
export const stripes = (c: Palette) => ({
  symbol: 'rect',
  dashArrayX: [1, 0],
  dashArrayY: [3, 3],
  rotation: -Math.PI / 4,
  color: c.surface,
})
