import { useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { BalanceRow } from '../api/types.ts'
import { useFormat } from '../format/format.ts'
import { stripes, timeFrame, tipLine } from './timeFrame.ts'
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
    const digits = quarter ? 3 : 1
    return [
      `<div style="margin-bottom:4px">${quarter ? f.dateTime(row.start) : f.weekday(row.day)}</div>`,
      tipLine(t('balance.supplied'), f.kwh(row.suppliedWh, digits)),
      tipLine(t('balance.produced'), f.kwh(row.producedWh, digits)),
      tipLine(t('balance.consumed'), f.kwh(row.consumedWh, digits)),
      tipLine(t('balance.returned'), f.kwh(row.returnedWh, digits)),
      tipLine(t('balance.loss'), f.kwh(row.lossWh, digits)),
      row.bandWh === undefined
        ? ''
        : tipLine(
            t('balance.worth.likely'),
            `${f.kwhBare(row.likelyLossWh, digits)} ± ${f.kwh(row.bandWh, digits)}`,
          ),
      tipLine(t('balance.pointsPresent'), `${f.number(row.pointsPresent)} / ${f.number(row.pointsExpected)}`),
      row.complete ? '' : `<div>▲ ${t('balance.incompleteRow')}</div>`,
    ].join('')
  }
  const build = (c: Palette) => ({
    ...timeFrame(c, f, {
      labels: rows.map(label),
      unit: 'kWh',
      pointer: quarter ? 'line' : 'shadow',
      interval: quarter ? 7 : 'auto',
      tip,
    }),
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
      decal: stripes(c),
    }),
    bands(rows, c, t('balance.band')),
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

type Drawn = {
  value: (index: number) => number
  coord: (at: [number, number]) => [number, number]
}

/** Over each day where its loss likely ends: a bracket as high as the uncertainty. */
function bands(rows: BalanceRow[], c: Palette, name: string) {
  return {
    type: 'custom',
    name,
    silent: true,
    z: 5,
    encode: { x: 0, y: [1, 2] },
    data: rows.flatMap(({ consumedWh, likelyLossWh, bandWh }, index) =>
      likelyLossWh === undefined || bandWh === undefined
        ? []
        : [[index, kwh(consumedWh + likelyLossWh - bandWh), kwh(consumedWh + likelyLossWh + bandWh)]],
    ),
    renderItem: (_: unknown, { value, coord }: Drawn) => {
      const [x, low] = coord([value(0), value(1)])
      const [, high] = coord([value(0), value(2)])
      const line = (x1: number, y1: number, x2: number, y2: number) => ({
        type: 'line',
        shape: { x1, y1, x2, y2 },
        style: { stroke: c.ink, lineWidth: 1.5 },
      })
      return {
        type: 'group',
        children: [
          line(x, low, x, high),
          line(x - bracket, low, x + bracket, low),
          line(x - bracket, high, x + bracket, high),
        ],
      }
    },
  }
}
const bracket = 5

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
      {!quarter && <span>⌶ {t('balance.band')}</span>}
      {!quarter && (
        <span>
          <span style={{ color: 'var(--warn)' }}>▲</span> {t('balance.incompleteRow')}
        </span>
      )}
    </p>
  )
}
