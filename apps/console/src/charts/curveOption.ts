import type { EChartsCoreOption } from 'echarts/core'
import type { Format } from '../format/format.ts'
import { civilDay, wallMinutes } from '../format/zone.ts'
import {
  civilTicks,
  indexAt,
  lowerBound,
  powerUnit,
  qualityRuns,
  type Run,
  type Series,
  weekends,
} from './series.ts'
import type { Palette } from './useChart.ts'

type View = { from: number; to: number }
type Words = {
  format: Format
  quality: (name: string) => string
  flag: (name: string) => string
  hint: string
}

/** Wh in an interval → mean kW. */
const kw = (wh: number, stepMs: number) => (wh / 1000) * (3_600_000 / stepMs)

/** Steps need a closing edge and a hole is a break in the line, not a slope across it. */
function points(series: Series): [number, number | null][] {
  const out: [number, number | null][] = []
  for (let i = 0; i < series.start.length; i++) {
    const wh = series.value[i]
    out.push([series.start[i], wh === null ? null : kw(wh, series.stepMs)])
    const next = series.start[i + 1]
    const end = series.start[i] + series.stepMs
    if (
      next === undefined ||
      next - end > series.stepMs / 2 ||
      (wh !== null && series.value[i + 1] === null)
    ) {
      out.push([end, wh === null ? null : kw(wh, series.stepMs)])
      if (next !== undefined) out.push([end, null])
    }
  }
  return out
}

function tooltip(series: Series, ms: number, w: Words): string {
  const i = indexAt(series, ms)
  if (i < 0) return ''
  const f = w.format
  const wh = series.value[i]
  const start = series.start[i]
  const when =
    series.stepMs >= 86_400_000
      ? f.weekday(civilDay(start))
      : `${f.weekday(civilDay(start))}, ${f.time(start)}–${f.time(start + series.stepMs)}`
  const flags = (series.flags[i] ?? []).map(w.flag).join(', ')
  return [
    `<div>${when}</div>`,
    `<div style="font-size:15px"><b>${f.energy(wh, series.unit, 3)}</b>${wh === null ? '' : ` · ${f.number(kw(wh, series.stepMs), 2)} ${powerUnit(series)}`}</div>`,
    `<div>${w.quality(series.quality[i])}${flags === '' ? '' : ` · ${flags}`}</div>`,
    series.trace[i] ? `<div style="opacity:.75;margin-top:3px">${w.hint}</div>` : '',
  ].join('')
}

export function curveOption(
  series: Series,
  range: View,
  view: View,
  c: Palette,
  w: Words,
  chosen?: View,
): EChartsCoreOption {
  const colour: Record<string, string> = {
    measured: c.measured,
    estimated: c.estimated,
    edited: c.edited,
    missing: c.missing,
    mixed: c.mixed,
  }
  const axis = {
    type: 'value',
    min: range.from,
    max: range.to,
    axisLine: { lineStyle: { color: c.lineStrong } },
    splitLine: { show: false },
  }
  const none = { show: false }
  const runs = qualityRuns(series)
  return {
    animation: false,
    textStyle: { fontFamily: c.font },
    // Both grids must show exactly the same instants; ECharts would narrow the one whose labels stand out.
    grid: [
      { left: 52, right: 28, top: 26, bottom: 104, outerBoundsMode: 'none' },
      { left: 52, right: 28, height: 12, bottom: 84, outerBoundsMode: 'none' },
    ],
    tooltip: {
      trigger: 'axis',
      confine: true,
      // Under drawers and menus.
      extraCssText: 'z-index: 10',
      axisPointer: { type: 'line', lineStyle: { color: c.muted }, label: none },
      backgroundColor: c.surface,
      borderColor: c.lineStrong,
      textStyle: { color: c.ink, fontSize: 13 },
      formatter: (items: { axisValue: number }[]) => tooltip(series, Number(items[0]?.axisValue), w),
    },
    xAxis: [
      { ...axis, gridIndex: 0, axisLabel: none, axisTick: none },
      { ...axis, gridIndex: 1, axisLine: none, ...timeLabels(view, w.format, c, 900) },
    ],
    yAxis: [
      {
        type: 'value',
        gridIndex: 0,
        name: powerUnit(series),
        nameTextStyle: { color: c.muted, align: 'right', padding: [0, 6, 0, 0] },
        axisLabel: { color: c.muted, formatter: (v: number) => w.format.number(v, v % 1 === 0 ? 0 : 1) },
        splitLine: { lineStyle: { color: c.line } },
      },
      { type: 'value', gridIndex: 1, min: 0, max: 1, show: false },
    ],
    dataZoom: [
      {
        type: 'inside',
        // A run that begins before the window still reaches into it.
        filterMode: 'weakFilter',
        xAxisIndex: [0, 1],
        startValue: view.from,
        endValue: view.to,
        minValueSpan: 3_600_000,
        // Where a drag chooses, it does not move.
        moveOnMouseMove: chosen === undefined,
      },
      {
        type: 'slider',
        filterMode: 'weakFilter',
        xAxisIndex: [0, 1],
        bottom: 6,
        height: 34,
        left: 52,
        right: 28,
        showDetail: false,
        brushSelect: false,
        borderColor: c.line,
        backgroundColor: 'transparent',
        fillerColor: `${c.accent}22`,
        handleStyle: { color: c.surface, borderColor: c.accent },
        moveHandleStyle: { color: c.lineStrong },
        dataBackground: { lineStyle: { color: c.lineStrong }, areaStyle: { color: c.sunken } },
        selectedDataBackground: { lineStyle: { color: c.accent }, areaStyle: { color: c.accentSoft } },
      },
    ],
    series: [
      {
        type: 'line',
        step: 'end',
        symbol: 'none',
        sampling: 'minmax',
        emphasis: { disabled: true },
        xAxisIndex: 0,
        yAxisIndex: 0,
        data: points(series),
        lineStyle: { color: c.accent, width: 1.5 },
        itemStyle: { color: c.accent },
        areaStyle: { color: c.accentSoft, opacity: 0.75 },
        markArea: {
          silent: true,
          itemStyle: { color: c.sunken, opacity: 0.6 },
          data: [
            ...weekends(range.from, range.to).map(([from, to]) => [{ xAxis: from }, { xAxis: to }]),
            ...(chosen
              ? [
                  [
                    { xAxis: chosen.from, itemStyle: { color: c.accent, opacity: 0.28 } },
                    { xAxis: chosen.to },
                  ],
                ]
              : []),
          ],
        },
      },
      {
        type: 'custom',
        xAxisIndex: 1,
        yAxisIndex: 1,
        silent: true,
        tooltip: none,
        encode: { x: [0, 1] },
        data: runs.map((run) => [run.from, run.to]),
        renderItem: band(runs, colour, c),
      },
    ],
  }
}

type RenderApi = { value(n: number): number; coord(at: number[]): number[] }
type Rectangle = { x: number; y: number; width: number; height: number }

/** One rectangle per run; missing is an outline with a bar through it, estimated is half as tall. */
function band(runs: Run[], colour: Record<string, string>, c: Palette) {
  return (params: { coordSys: Rectangle; dataIndex: number }, api: RenderApi) => {
    const box = params.coordSys
    const quality = runs[params.dataIndex].quality
    const left = Math.max(api.coord([api.value(0), 0])[0], box.x)
    const right = Math.min(api.coord([api.value(1), 0])[0], box.x + box.width)
    if (right <= left) return null
    const width = Math.max(right - left, 1)
    const short = quality === 'estimated' || quality === 'mixed'
    const shape = {
      x: left,
      y: short ? box.y + box.height / 2 : box.y,
      width,
      height: short ? box.height / 2 : box.height,
    }
    if (quality !== 'missing') return { type: 'rect', shape, style: { fill: colour[quality] ?? c.mixed } }
    return {
      type: 'group',
      children: [
        { type: 'rect', shape, style: { fill: c.surface, stroke: c.bad, lineWidth: 1 } },
        {
          type: 'rect',
          shape: { x: left, y: box.y + box.height / 2 - 1, width, height: 2 },
          style: { fill: c.bad },
        },
      ],
    }
  }
}

function timeLabels(view: View, f: Format, c: Palette, width: number) {
  const { at, daily } = civilTicks(view.from, view.to, Math.max(3, Math.floor(width / 92)))
  return {
    axisTick: { customValues: at, lineStyle: { color: c.lineStrong } },
    axisLabel: {
      customValues: at,
      color: c.muted,
      hideOverlap: true,
      formatter: (ms: number) => (daily || wallMinutes(ms) === 0 ? f.shortDay(civilDay(ms)) : f.time(ms)),
    },
  }
}

/** What changes when only the window moves: labels, and a scale that fits what is in sight. */
export function viewOption(
  series: Series,
  view: View,
  f: Format,
  c: Palette,
  width: number,
): EChartsCoreOption {
  let top = 0
  const end = lowerBound(series, view.to)
  for (let i = Math.max(lowerBound(series, view.from) - 1, 0); i < end; i++) {
    top = Math.max(top, series.value[i] ?? 0)
  }
  const labels = timeLabels(view, f, c, width)
  return {
    xAxis: [{}, { axisTick: labels.axisTick, axisLabel: labels.axisLabel }],
    yAxis: [{ max: top > 0 ? nice(kw(top, series.stepMs) * 1.08) : null }, {}],
  }
}

/** The next round number: 1, 1.5, 2, 3, 4, 5, 6, 8 × 10ⁿ. */
export function nice(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((each) => each * power >= value * 0.9999) ?? 10
  return step * power
}
