import { IconChevronDown, IconChevronRight } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { TreeNode } from '../api/types.ts'
import css from './Trace.module.css'
import { ancestors, type FlatNode, firstOpen, flatten, nodeText } from './treeModel.ts'

const rowHeight = 24

/** The decoded layers as a tree: arrows walk and open it, hovering a line lights its bytes. */
export function MeaningTree(props: {
  root: TreeNode
  focus: string | undefined
  active: string | undefined
  onOver: (path: string) => void
}) {
  const { root, focus, active, onOver } = props
  const { t } = useTranslation()
  const [open, setOpen] = useState(() => firstOpen(root, focus))
  const [cursor, setCursor] = useState(focus ?? '0')
  const lines = useMemo(() => flatten(root, open), [root, open])
  const scroller = useRef<HTMLDivElement>(null)
  const hovering = useRef(false)
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 10,
  })
  // A byte pointed at on the left opens the way to its meaning.
  useEffect(() => {
    if (active === undefined || hovering.current) return
    const closed = ancestors(active).filter((path) => !open.has(path))
    if (closed.length > 0) setOpen(new Set([...open, ...closed]))
    else {
      const index = lines.findIndex((line) => line.path === active)
      if (index >= 0) virtual.scrollToIndex(index, { align: 'center' })
    }
  }, [active, lines, open, virtual])

  const toggle = (path: string) => {
    const next = new Set(open)
    if (!next.delete(path)) next.add(path)
    setOpen(next)
  }
  const go = (index: number) => {
    const line = lines[Math.min(Math.max(index, 0), lines.length - 1)]
    hovering.current = true
    setCursor(line.path)
    onOver(line.path)
    virtual.scrollToIndex(lines.indexOf(line), { align: 'auto' })
  }
  const onKeyDown = (event: React.KeyboardEvent) => {
    const index = lines.findIndex((line) => line.path === cursor)
    const line = lines[index]
    if (event.key === 'ArrowDown') go(index + 1)
    else if (event.key === 'ArrowUp') go(index - 1)
    else if (event.key === 'ArrowRight' && line?.hasChildren && !open.has(cursor)) toggle(cursor)
    else if (event.key === 'ArrowLeft' && open.has(cursor)) toggle(cursor)
    else if (event.key === 'ArrowLeft') go(lines.findIndex((each) => each.path === ancestors(cursor).at(-1)))
    else return
    event.preventDefault()
  }
  const id = (path: string) => `node-${path.replaceAll('.', '-')}`
  return (
    <div
      ref={scroller}
      className={css.scroll}
      role="tree"
      tabIndex={0}
      aria-label={t('trace.meaning')}
      aria-activedescendant={id(cursor)}
      onKeyDown={onKeyDown}
      onPointerLeave={() => {
        hovering.current = false
      }}
    >
      <div role="presentation" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map((item) => {
          const line = lines[item.index]
          return (
            <Line
              key={line.path}
              id={id(line.path)}
              line={line}
              top={item.start}
              open={open.has(line.path)}
              on={line.path === active}
              focus={line.path === focus}
              onToggle={() => toggle(line.path)}
              onOver={() => {
                hovering.current = true
                onOver(line.path)
              }}
            />
          )
        })}
      </div>
    </div>
  )
}

function Line(props: {
  id: string
  line: FlatNode
  top: number
  open: boolean
  on: boolean
  focus: boolean
  onToggle: () => void
  onOver: () => void
}) {
  const { line } = props
  const { node } = line
  const Chevron = props.open ? IconChevronDown : IconChevronRight
  const error = node.error?.message
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree owns the keys of its lines
    <div
      id={props.id}
      role="treeitem"
      tabIndex={-1}
      aria-level={line.depth + 1}
      aria-expanded={line.hasChildren ? props.open : undefined}
      aria-selected={props.on}
      className={css.line}
      data-on={props.on || undefined}
      data-focus={props.focus || undefined}
      style={{ transform: `translateY(${props.top}px)`, paddingLeft: 4 + line.depth * 14 }}
      onPointerEnter={props.onOver}
      onClick={line.hasChildren ? props.onToggle : undefined}
    >
      {line.hasChildren ? (
        <Chevron size={13} aria-hidden className={css.chevron} />
      ) : (
        <i className={css.leaf} />
      )}
      <span className={css.name}>{node.name}</span>
      <span className={css.says} title={nodeText(node)}>
        {nodeText(node)}
      </span>
      {node.note && <span className={css.note}>{node.note}</span>}
      {error && <span className={css.error}>{error}</span>}
      {node.type && <span className={css.type}>{node.type}</span>}
    </div>
  )
}
