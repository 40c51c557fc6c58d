import { useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { BalanceRow } from '../api/types.ts'
import { useFormat } from '../format/format.ts'
import { type Palette, useChart } from './useChart.ts'

/** Supplied against consumed, with what lies between them; a day's column opens its quarter-hours. */
export function BalanceChart(props: { rows: BalanceRow[]; quarter: boolean; onDay: (day: string) => void }) {
  const { rows, quarter } = props
  const { t } = useTranslation()
  const f = useFormat()
  const latest = useRef(props)
  latest.current = props
  const label = (row: BalanceRow) => (quarter ? f.time(row.start) : f.shortDay(row.day))
  const tip = (index: number) => {
    const row = rows[index]
    if (!row) return ''
    const line = (name: string, value: string) =>
      `<div style="display:flex;justify-content:space-between;gap:20px"><span>${name}</span><b>${value}</b></div>`
    const digits = quarter ? 3 : 1
    return [
      `<div style="margin-bottom:4px">${quarter ? f.dateTime(row.start) : f.weekday(row.day)}</div>`,
      line(t('balance.supplied'), f.kwh(row.suppliedWh, digits)),
      line(t('balance.produced'), f.kwh(row.producedWh, digits)),
      line(t('balance.consumed'), f.kwh(row.consumedWh, digits)),
      line(t('balance.returned'), f.kwh(row.returnedWh, digits)),
      line(t('balance.loss'), f.kwh(row.lossWh, digits)),
      line(t('balance.pointsPresent'), `${f.number(row.pointsPresent)} / ${f.number(row.pointsExpected)}`),
      row.complete ? '' : `<div>▲ ${t('balance.incompleteRow')}</div>`,
    ].join('')
  }
  const build = (c: Palette) => ({
    animation: false,
    aria: { enabled: false },
    textStyle: { fontFamily: c.font, color: c.ink },
    grid: { left: 8, right: 8, top: 34, bottom: 8, containLabel: true },
    tooltip: {
      trigger: 'axis',
      confine: true,
      extraCssText: 'z-index: 10',
      axisPointer: { type: quarter ? 'line' : 'shadow' },
      backgroundColor: c.surface,
      borderColor: c.lineStrong,
      textStyle: { color: c.ink, fontSize: 13 },
      formatter: (items: { dataIndex: number }[]) => tip(items[0]?.dataIndex ?? -1),
    },
    xAxis: {
      type: 'category',
      data: rows.map(label),
      axisLine: { lineStyle: { color: c.lineStrong } },
      axisTick: { show: false },
      axisLabel: { color: c.muted, hideOverlap: true, interval: quarter ? 7 : 'auto' },
    },
    yAxis: {
      type: 'value',
      name: 'kWh',
      nameTextStyle: { color: c.muted, align: 'right' },
      axisLabel: {
        color: c.muted,
        formatter: (v: number) => f.number(v, v !== 0 && Math.abs(v) < 5 ? 1 : 0),
      },
      splitLine: { lineStyle: { color: c.line } },
    },
    series: quarter ? quarterSeries(rows, c, t) : daySeries(rows, c, t),
  })
  const { box } = useChart(build, [rows, quarter, f, t], (chart) => {
    chart.on('click', (event) => {
      const shown = latest.current
      const row = shown.rows[event.dataIndex]
      if (!shown.quarter && row) shown.onDay(row.day)
    })
  })
  return (
    <>
      <Legend quarter={quarter} />
      <div
        ref={box}
        style={{ height: 'clamp(220px, 34vh, 420px)' }}
        role="img"
        aria-label={t('balance.chart', { n: rows.length })}
      />
    </>
  )
}

type Words = (key: string) => string
const kwh = (wh: number) => wh / 1000

function daySeries(rows: BalanceRow[], c: Palette, t: Words) {
  const bar = (name: string, of: (row: BalanceRow) => number, style: object) => ({
    type: 'bar',
    stack: 'balance',
    name,
    barMaxWidth: 34,
    barCategoryGap: '24%',
    cursor: 'pointer',
    data: rows.map((row) => kwh(of(row))),
    itemStyle: style,
  })
  return [
    bar(t('balance.consumed'), (row) => row.consumedWh, { color: c.accent }),
    bar(t('balance.loss'), (row) => Math.max(row.lossWh, 0), {
      color: c.bad,
      opacity: 0.75,
      decal: {
        symbol: 'rect',
        dashArrayX: [1, 0],
        dashArrayY: [3, 3],
        rotation: -Math.PI / 4,
        color: c.surface,
      },
    }),
    incompleteMarks(rows, c),
  ]
}

function quarterSeries(rows: BalanceRow[], c: Palette, t: Words) {
  const line = (name: string, of: (row: BalanceRow) => number, colour: string, type = 'solid') => ({
    type: 'line',
    name,
    step: 'middle',
    symbol: 'none',
    lineStyle: { color: colour, width: 1.6, type },
    itemStyle: { color: colour },
    data: rows.map((row) => kwh(of(row))),
  })
  return [
    line(t('balance.supplied'), (row) => row.suppliedWh + row.producedWh - row.returnedWh, c.ink),
    { ...line(t('balance.consumed'), (row) => row.consumedWh, c.accent), areaStyle: { color: c.accentSoft } },
    line(t('balance.loss'), (row) => row.lossWh, c.bad, 'dashed'),
  ]
}

/** A triangle above every day whose balance lacks points: its loss is not yet to be believed. */
function incompleteMarks(rows: BalanceRow[], c: Palette) {
  return {
    type: 'line',
    symbol: 'triangle',
    symbolSize: 9,
    lineStyle: { opacity: 0 },
    itemStyle: { color: c.warn },
    silent: true,
    data: rows.map((row) => (row.complete ? null : kwh(row.consumedWh + Math.max(row.lossWh, 0)))),
  }
}

function Legend({ quarter }: { quarter: boolean }) {
  const { t } = useTranslation()
  return (
    <p className="muted small" style={{ display: 'flex', flexWrap: 'wrap', gap: '0 16px' }}>
      {quarter && <span>━ {t('balance.entered')}</span>}
      <span>
        <span style={{ color: 'var(--accent)' }}>■</span> {t('balance.consumed')}
      </span>
      <span>
        <span style={{ color: 'var(--bad)' }}>▨</span> {t('balance.loss')}
      </span>
      {!quarter && (
        <span>
          <span style={{ color: 'var(--warn)' }}>▲</span> {t('balance.incompleteRow')}
        </span>
      )}
    </p>
  )
}
