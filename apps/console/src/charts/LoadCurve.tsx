import { ActionIcon, Group, Tooltip } from '@mantine/core'
import {
  IconArrowLeft,
  IconArrowRight,
  IconArrowsHorizontal,
  IconZoomIn,
  IconZoomOut,
} from '@tabler/icons-react'
import type { EChartsType } from 'echarts/core'
import { useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../format/format.ts'
import { QualityLegend } from '../ui/QualityLegend.tsx'
import { curveOption, viewOption } from './curveOption.ts'
import { indexAt, type Series } from './series.ts'
import { palette, useChart } from './useChart.ts'

export type View = { from: number; to: number }
type Props = {
  series: Series
  /** everything that was asked for, present or not */
  range: View
  view: View
  onView: (view: View) => void
  onPick: (index: number) => void
  /** a drag over the picture chooses these intervals instead of moving it; both included */
  onSpan?: (from: number, to: number) => void
  /** instants to be drawn as chosen */
  chosen?: View
  label: string
}

/** Mean power per interval, from the whole range to a single quarter-hour, with its quality beneath. */
export function LoadCurve(props: Props) {
  const { series, range, chosen } = props
  const { t } = useTranslation()
  const f = useFormat()
  const latest = useRef(props)
  latest.current = props
  const words = {
    format: f,
    quality: (name: string) => t(`quality.${name}`),
    flag: (name: string) => t(`flags.${name}`, name),
    hint: t('curve.clickHint'),
  }
  const { box, chart } = useChart(
    (colours) => curveOption(series, range, latest.current.view, colours, words, chosen),
    [series, range.from, range.to, f, chosen?.from, chosen?.to],
    (made) => wire(made, latest, words.format),
  )
  const move = (next: View) => {
    const bounded = bound(next, latest.current.range, series.stepMs)
    chart.current?.dispatchAction({ type: 'dataZoom', startValue: bounded.from, endValue: bounded.to })
  }
  const zoom = (factor: number) => {
    const { from, to } = latest.current.view
    const half = ((to - from) * factor) / 2
    const middle = (from + to) / 2
    move({ from: middle - half, to: middle + half })
  }
  const pan = (share: number) => {
    const { from, to } = latest.current.view
    const by = (to - from) * share
    const { range: all } = latest.current
    const shift = by < 0 ? Math.max(by, all.from - from) : Math.min(by, all.to - to)
    move({ from: from + shift, to: to + shift })
  }
  const pickMiddle = () => {
    const { from, to } = latest.current.view
    const index = indexAt(series, (from + to) / 2)
    if (index >= 0) latest.current.onPick(index)
  }
  const keys = new Map<string, () => void>([
    ['+', () => zoom(0.5)],
    ['=', () => zoom(0.5)],
    ['-', () => zoom(2)],
    ['0', () => move(range)],
    ['ArrowLeft', () => pan(-0.25)],
    ['ArrowRight', () => pan(0.25)],
    ['Enter', pickMiddle],
  ])
  const onKeyDown = (event: React.KeyboardEvent) => {
    const act = keys.get(event.key)
    if (!act || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    act()
  }
  const tools = [
    ['curve.zoomIn', IconZoomIn, () => zoom(0.5)],
    ['curve.zoomOut', IconZoomOut, () => zoom(2)],
    ['curve.left', IconArrowLeft, () => pan(-0.5)],
    ['curve.right', IconArrowRight, () => pan(0.5)],
    ['curve.all', IconArrowsHorizontal, () => move(range)],
  ] as const
  return (
    <div>
      <Group justify="space-between" gap="xs">
        <QualityLegend />
        <Group gap={4} className="no-print">
          {tools.map(([word, Icon, act]) => (
            <Tooltip key={word} label={t(word)}>
              <ActionIcon variant="default" size={30} aria-label={t(word)} onClick={act}>
                <Icon size={16} aria-hidden />
              </ActionIcon>
            </Tooltip>
          ))}
        </Group>
      </Group>
      <div
        ref={box}
        role="application"
        aria-roledescription={t('curve.picture')}
        aria-label={`${props.label}. ${t('curve.keys')}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: zoomed and walked by keyboard
        tabIndex={0}
        onKeyDown={onKeyDown}
        style={{
          height: props.onSpan ? 'clamp(240px, 30vh, 360px)' : 'clamp(300px, 46vh, 620px)',
          // A finger that goes sideways chooses; one that goes up or down scrolls the page.
          ...(props.onSpan && { touchAction: 'pan-y' }),
        }}
      />
    </div>
  )
}

function bound(view: View, all: View, stepMs: number): View {
  const least = 4 * stepMs
  let { from, to } = view
  if (to - from < least) {
    const middle = (from + to) / 2
    from = middle - least / 2
    to = middle + least / 2
  }
  return { from: Math.max(from, all.from), to: Math.min(to, all.to) }
}

/** Handlers live as long as the chart and read the newest properties when they run. */
function wire(
  chart: EChartsType,
  latest: { readonly current: Props },
  f: ReturnType<typeof useFormat>,
): void {
  chart.on('dataZoom', () => {
    const zoom = (chart.getOption().dataZoom as { startValue: number; endValue: number }[])[0]
    const view = { from: Number(zoom.startValue), to: Number(zoom.endValue) }
    chart.setOption(viewOption(latest.current.series, view, f, palette(), chart.getWidth()))
    latest.current.onView(view)
  })
  const indexOf = (event: { offsetX: number; offsetY: number }) => {
    const point = [event.offsetX, event.offsetY]
    if (!chart.containPixel({ gridIndex: 0 }, point) && !chart.containPixel({ gridIndex: 1 }, point))
      return -1
    const [ms] = chart.convertFromPixel({ gridIndex: 0 }, point)
    return indexAt(latest.current.series, ms)
  }
  chart.getZr().on('click', (event) => {
    const index = indexOf(event)
    if (index < 0) return
    chart.dispatchAction({ type: 'hideTip' })
    latest.current.onPick(index)
  })
  let anchor = -1
  let end = -1
  chart.getZr().on('mousedown', (event) => {
    anchor = end = latest.current.onSpan ? indexOf(event) : -1
  })
  chart.getZr().on('mousemove', (event) => {
    const index = anchor < 0 ? -1 : indexOf(event)
    if (index < 0 || index === end) return
    end = index
    latest.current.onSpan?.(anchor, index)
  })
  const release = () => {
    anchor = -1
  }
  chart.getZr().on('mouseup', release)
  chart.getZr().on('globalout', release)
}
