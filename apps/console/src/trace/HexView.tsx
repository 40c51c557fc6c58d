import { useMediaQuery } from '@mantine/hooks'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import css from './Trace.module.css'

type Span = { offset: number; length: number } | undefined
const rowHeight = 22

const inside = (span: Span, at: number) =>
  span !== undefined && at >= span.offset && at < span.offset + Math.max(span.length, 1)

/** Sixteen bytes a line, eight on a phone; only the lines in sight exist, so a 100 KB answer scrolls like a short one. */
export function HexView(props: {
  bytes: string[]
  active: Span
  focus: Span
  onOver: (offset: number) => void
}) {
  const { bytes, active, focus, onOver } = props
  const { t } = useTranslation()
  const scroller = useRef<HTMLDivElement>(null)
  const perRow = useMediaQuery('(max-width: 480px)', false, { getInitialValueInEffect: false }) ? 8 : 16
  const virtual = useVirtualizer({
    count: Math.ceil(bytes.length / perRow),
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 10,
  })
  const hovering = useRef(false)
  useEffect(() => {
    if (active && !hovering.current) {
      virtual.scrollToIndex(Math.floor(active.offset / perRow), { align: 'center' })
    }
  }, [active, virtual, perRow])
  const onPoint = (event: React.PointerEvent) => {
    const at = (event.target as HTMLElement).dataset.at
    hovering.current = at !== undefined
    if (at !== undefined) onOver(Number(at))
  }
  const digits = Math.max(4, bytes.length.toString(16).length)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a scrolling block of text, not a landmark
    <div
      ref={scroller}
      className={css.scroll}
      role="group"
      aria-label={t('trace.bytes')}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      onPointerMove={onPoint}
      onPointerLeave={() => {
        hovering.current = false
      }}
    >
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map((row) => {
          const start = row.index * perRow
          return (
            <div key={row.key} className={css.hexRow} style={{ transform: `translateY(${row.start}px)` }}>
              <span className={css.offset}>{start.toString(16).padStart(digits, '0')}</span>
              {bytes.slice(start, start + perRow).map((byte, column) => {
                const at = start + column
                return (
                  <span
                    key={at}
                    data-at={at}
                    className={css.byte}
                    data-on={inside(active, at) || undefined}
                    data-focus={inside(focus, at) || undefined}
                  >
                    {byte}
                  </span>
                )
              })}
            </div>
          )
        })}
      </div>
    </div>
  )
}
