import { useComputedColorScheme } from '@mantine/core'
import type { EChartsCoreOption, EChartsType } from 'echarts/core'
import { useEffect, useRef } from 'react'
import { init } from './echarts.ts'

/** Colours of the tokens as the canvas needs them, which cannot read CSS variables. */
export function palette() {
  const css = getComputedStyle(document.documentElement)
  const read = (name: string) => css.getPropertyValue(name).trim()
  return {
    ink: read('--ink'),
    muted: read('--muted'),
    line: read('--line'),
    lineStrong: read('--line-strong'),
    surface: read('--surface'),
    sunken: read('--sunken'),
    accent: read('--accent'),
    accentSoft: read('--accent-soft'),
    bad: read('--bad'),
    warn: read('--warn'),
    measured: read('--q-measured'),
    estimated: read('--q-estimated'),
    edited: read('--q-edited'),
    missing: read('--q-missing'),
    mixed: read('--q-mixed'),
    heat: [0, 1, 2, 3, 4].map((step) => read(`--heat-${step}`)),
    font: read('--font'),
  }
}
export type Palette = ReturnType<typeof palette>

/** A chart that follows its box and the colour scheme. `wire` attaches handlers once per chart. */
export function useChart(
  build: (colours: Palette) => EChartsCoreOption,
  inputs: readonly unknown[],
  wire?: (chart: EChartsType) => void,
) {
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<EChartsType>(null)
  const scheme = useComputedColorScheme('light')
  const onWire = useRef(wire)
  onWire.current = wire
  useEffect(() => {
    if (!box.current) return
    // A canvas keeps the width it was drawn at until it is told of another: it must not hold its box, and with it the
    // page, at the old one.
    Object.assign(box.current.style, { contain: 'inline-size', overflowX: 'clip' })
    const made = init(box.current, null, { renderer: 'canvas' })
    chart.current = made
    onWire.current?.(made)
    const observer = new ResizeObserver(() => made.resize())
    observer.observe(box.current)
    return () => {
      observer.disconnect()
      made.dispose()
      chart.current = null
    }
  }, [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the caller says what the picture depends on
  useEffect(() => {
    chart.current?.setOption(build(palette()), { notMerge: true })
  }, [scheme, ...inputs])
  return { box, chart }
}
