import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useEffect, useRef } from 'react'
import css from './DataTable.module.css'

export type Column<Row> = {
  key: string
  head: string
  cell: (row: Row) => ReactNode
  align?: 'end'
  /** width as CSS; columns without one share what is left */
  width?: string
  /** least important columns leave first: 'huge' below 1800 px, 'wide' below 1200 px, 'desk' below 760 px */
  from?: 'desk' | 'wide' | 'huge'
  sortable?: boolean
}

type Props<Row> = {
  label: string
  rows: Row[]
  columns: Column<Row>[]
  rowKey: (row: Row) => string
  height?: string
  sort?: { key: string; desc: boolean }
  onSort?: (key: string) => void
  onEnd?: () => void
  rowTone?: (row: Row) => 'bad' | 'warn' | undefined
}

/** A real table whose rows exist only while they are in sight: ten thousand rows scroll like ten. */
export function DataTable<Row>(props: Props<Row>) {
  const { rows, columns, onEnd } = props
  const scroller = useRef<HTMLElement>(null)
  const rowHeight = window.matchMedia('(max-width: 760px)').matches ? 44 : 34
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  })
  const items = virtual.getVirtualItems()
  const before = items[0]?.start ?? 0
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0)
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (onEnd && last >= rows.length - 20) onEnd()
  }, [last, rows.length, onEnd])

  return (
    <section
      ref={scroller}
      className={css.scroll}
      style={{ '--table-height': props.height } as React.CSSProperties}
      aria-label={props.label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
    >
      <table className={css.table} aria-rowcount={rows.length + 1}>
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column.key} column={column} sort={props.sort} onSort={props.onSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && <Space height={before} />}
          {items.map((item) => {
            const row = rows[item.index]
            return (
              <tr key={props.rowKey(row)} aria-rowindex={item.index + 2} data-tone={props.rowTone?.(row)}>
                {columns.map((column) => (
                  <td key={column.key} className={cellClass(column)}>
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            )
          })}
          {after > 0 && <Space height={after} />}
        </tbody>
      </table>
    </section>
  )
}

const cellClass = (column: { align?: 'end'; from?: 'desk' | 'wide' | 'huge' }) =>
  `${column.align ? 'num' : ''} ${column.from ? css[column.from] : ''}`

function Space({ height }: { height: number }) {
  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a row without cells takes no focus
  return <tr aria-hidden="true" className={css.space} style={{ height }} />
}

function Head<Row>({ column, sort, onSort }: Pick<Props<Row>, 'sort' | 'onSort'> & { column: Column<Row> }) {
  const active = sort?.key === column.key
  const Arrow = sort?.desc ? IconArrowDown : IconArrowUp
  return (
    <th
      scope="col"
      style={{ width: column.width }}
      className={cellClass(column)}
      aria-sort={active ? (sort?.desc ? 'descending' : 'ascending') : undefined}
    >
      {column.sortable && onSort ? (
        <button type="button" className={css.sort} onClick={() => onSort(column.key)}>
          {column.head}
          {active && <Arrow size={13} aria-hidden />}
        </button>
      ) : (
        column.head
      )}
    </th>
  )
}
