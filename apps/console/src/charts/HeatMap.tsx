import { useComputedColorScheme } from '@mantine/core'
import { useElementSize } from '@mantine/hooks'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../format/format.ts'
import css from './HeatMap.module.css'
import { cellKey, columnsPerDay, type HeatGrid, heatGrid, scaleColour } from './heatGrid.ts'
import type { Series } from './series.ts'
import { type Palette, palette } from './useChart.ts'

const rowHeight = 13
const gutter = 64
const headHeight = 18
type Cell = { row: number; column: number }

/** Day × quarter-hour: habits are columns, absences are rows, holes are hatched. */
export function HeatMap(props: { series: Series; label: string; onPick: (index: number) => void }) {
  const { series } = props
  const { t } = useTranslation()
  const f = useFormat()
  const scheme = useComputedColorScheme('light')
  const { ref: frame, width } = useElementSize()
  const canvas = useRef<HTMLCanvasElement>(null)
  const [at, setAt] = useState<Cell>()
  const grid = useMemo(() => heatGrid(series), [series])
  const height = headHeight + grid.days.length * rowHeight

  // biome-ignore lint/correctness/useExhaustiveDependencies: the scheme changes the palette that is read inside
  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (!canvas.current || !context || width === 0) return
    const ratio = window.devicePixelRatio || 1
    canvas.current.width = Math.round(width * ratio)
    canvas.current.height = Math.round(height * ratio)
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    draw(context, grid, series, { width, height, colours: palette(), at, dayName: f.shortDay })
  }, [grid, series, width, height, at, scheme, f])

  const cellAt = (event: React.MouseEvent): Cell | undefined => {
    const box = event.currentTarget.getBoundingClientRect()
    const column = Math.floor(((event.clientX - box.left - gutter) / (width - gutter)) * columnsPerDay)
    const row = Math.floor((event.clientY - box.top - headHeight) / rowHeight)
    const inside = column >= 0 && column < columnsPerDay && row >= 0 && row < grid.days.length
    return inside ? { row, column } : undefined
  }
  const indexes = at ? (grid.cells.get(cellKey(grid.days[at.row], at.column)) ?? []) : []
  const pick = () => indexes[0] !== undefined && props.onPick(indexes[0])
  const onKeyDown = (event: React.KeyboardEvent) => {
    const from = at ?? { row: 0, column: 0 }
    const go: Record<string, Cell> = {
      ArrowLeft: { row: from.row, column: Math.max(from.column - 1, 0) },
      ArrowRight: { row: from.row, column: Math.min(from.column + 1, columnsPerDay - 1) },
      ArrowUp: { row: Math.max(from.row - 1, 0), column: from.column },
      ArrowDown: { row: Math.min(from.row + 1, grid.days.length - 1), column: from.column },
    }
    if (go[event.key]) setAt(go[event.key])
    else if (event.key === 'Enter') pick()
    else return
    event.preventDefault()
  }
  return (
    <div>
      <p className={css.readout} aria-live="polite">
        {at ? (
          <>
            <strong>
              {f.weekday(grid.days[at.row])}, {clock(at.column)}–{clock(at.column + 1)}
            </strong>
            {indexes.length === 0 && <span>{t('heat.nothing')}</span>}
            {indexes.map((index) => (
              <span key={index}>
                {f.energy(series.value[index], series.unit, 3)} · {t(`quality.${series.quality[index]}`)}
              </span>
            ))}
          </>
        ) : (
          <span className="muted">{t('heat.hint')}</span>
        )}
      </p>
      <div ref={frame}>
        {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: a picture that listens to keys */}
        <canvas
          ref={canvas}
          role="application"
          aria-roledescription={t('heat.picture')}
          aria-label={`${props.label}. ${t('heat.keys')}`}
          tabIndex={0}
          className={css.canvas}
          style={{ height }}
          onMouseMove={(event) => setAt(cellAt(event))}
          onMouseLeave={() => setAt(undefined)}
          onClick={pick}
          onKeyDown={onKeyDown}
        />
      </div>
      <div className={css.legend}>
        <span>0</span>
        <span className={css.scale} aria-hidden />
        <span>{t('heat.more', { value: f.energy(grid.top, series.unit, 2) })}</span>
        <span className={css.hatch} aria-hidden />
        <span>{t('quality.missing')}</span>
      </div>
    </div>
  )
}

const clock = (column: number) =>
  `${String(Math.floor(column / 4)).padStart(2, '0')}:${String((column % 4) * 15).padStart(2, '0')}`

type Scene = {
  width: number
  height: number
  colours: Palette
  at: Cell | undefined
  dayName: (day: string) => string
}

function draw(g: CanvasRenderingContext2D, grid: HeatGrid, series: Series, scene: Scene): void {
  const { width, height, colours: c, at } = scene
  const cellWidth = (width - gutter) / columnsPerDay
  g.clearRect(0, 0, width, height)
  g.font = `11px ${c.font}`
  g.fillStyle = c.muted
  g.textBaseline = 'middle'
  const everyHours = width < 560 ? 6 : 3
  for (let hour = 0; hour < 24; hour += everyHours) {
    g.fillText(`${String(hour).padStart(2, '0')}:00`, gutter + hour * 4 * cellWidth, 7)
  }
  grid.days.forEach((day, row) => {
    const y = headHeight + row * rowHeight
    if (row % 3 === 0) {
      g.fillStyle = c.muted
      g.fillText(scene.dayName(day), 0, y + rowHeight / 2)
    }
    for (let column = 0; column < columnsPerDay; column++) {
      const indexes = grid.cells.get(cellKey(day, column))
      if (!indexes) continue
      const x = gutter + column * cellWidth
      indexes.forEach((index, part) => {
        const wide = cellWidth / indexes.length
        cell(g, series.value[index], grid.top, c, x + part * wide, y, wide)
      })
    }
  })
  if (at) {
    g.strokeStyle = c.ink
    g.lineWidth = 2
    g.strokeRect(
      gutter + at.column * cellWidth - 1,
      headHeight + at.row * rowHeight - 1,
      cellWidth + 2,
      rowHeight + 1,
    )
  }
}

function cell(
  g: CanvasRenderingContext2D,
  wh: number | null,
  top: number,
  c: Palette,
  x: number,
  y: number,
  width: number,
): void {
  // A hair wider than the column: rounding must not leave light seams.
  if (wh !== null) {
    g.fillStyle = scaleColour(wh / top, c.heat)
    g.fillRect(x, y, width + 0.4, rowHeight - 1)
    return
  }
  g.strokeStyle = c.missing
  g.lineWidth = 1
  g.beginPath()
  g.moveTo(x, y + rowHeight - 2)
  g.lineTo(x + Math.min(width, rowHeight), y)
  g.stroke()
}
