import { useRef } from 'react'
import css from './Tabs.module.css'

/** Tabs as the pattern wants them: one stop for Tab, arrows walk, the panel names its tab. */
export function Tabs<Key extends string>(props: {
  label: string
  value: Key
  onChange: (key: Key) => void
  items: { key: Key; word: string; count?: number }[]
}) {
  const row = useRef<HTMLDivElement>(null)
  const move = (event: React.KeyboardEvent) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    if (step === 0) return
    event.preventDefault()
    const keys = props.items.map((item) => item.key)
    const next = keys[(keys.indexOf(props.value) + step + keys.length) % keys.length]
    props.onChange(next)
    row.current?.querySelector<HTMLElement>(`#tab-${next}`)?.focus()
  }
  return (
    <div ref={row} role="tablist" aria-label={props.label} className={css.tabs} onKeyDown={move}>
      {props.items.map((item) => (
        <button
          key={item.key}
          type="button"
          role="tab"
          id={`tab-${item.key}`}
          aria-selected={item.key === props.value}
          aria-controls={item.key === props.value ? `panel-${item.key}` : undefined}
          tabIndex={item.key === props.value ? 0 : -1}
          onClick={() => props.onChange(item.key)}
        >
          {item.word}
          {item.count !== undefined && item.count > 0 && <span className={css.count}>{item.count}</span>}
        </button>
      ))}
    </div>
  )
}
