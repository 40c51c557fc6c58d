import { Kbd } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useId, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { searchQuery } from '../api/queries.ts'
import css from './PointSearchBox.module.css'
import { useShortcuts } from './useShortcuts.ts'

/** Finds a metering point by POD, serial, name or address from anywhere: `/`, type, Enter. */
export function PointSearchBox() {
  const { t } = useTranslation()
  const [text, setText] = useState('')
  const [open, setOpen] = useState(false)
  const [at, setAt] = useState(0)
  const [asked] = useDebouncedValue(text.trim(), 160)
  const input = useRef<HTMLInputElement>(null)
  const id = useId()
  const navigate = useNavigate()
  const found = useQuery({ ...searchQuery(asked), enabled: asked.length >= 2 })
  const items = asked.length >= 2 ? (found.data?.items ?? []) : []
  const shown = open && asked.length >= 2
  useShortcuts({ '/': () => input.current?.focus() })

  const go = (pointId: string) => {
    setOpen(false)
    setText('')
    input.current?.blur()
    void navigate({ to: '/points/$pointId', params: { pointId } })
  }
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === 'Escape') input.current?.blur()
    else if (event.key === 'ArrowDown') setAt((n) => Math.min(n + 1, items.length - 1))
    else if (event.key === 'ArrowUp') setAt((n) => Math.max(n - 1, 0))
    else if (event.key === 'Enter' && items[at]) go(items[at].id)
    else return
    event.preventDefault()
  }
  return (
    <search className={css.box}>
      <IconSearch size={17} aria-hidden className={css.icon} />
      <input
        ref={input}
        type="text"
        role="combobox"
        aria-expanded={shown}
        aria-controls={`${id}list`}
        aria-activedescendant={shown && items[at] ? `${id}${items[at].id}` : undefined}
        aria-autocomplete="list"
        aria-label={t('shell.search')}
        placeholder={t('shell.search')}
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          setAt(0)
          setOpen(true)
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      <Kbd className={css.key} aria-hidden>
        /
      </Kbd>
      <div
        id={`${id}list`}
        role="listbox"
        aria-label={t('shell.searchResults')}
        className={css.list}
        hidden={!shown}
      >
        {items.map((point, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the input owns the keys of its list
          // biome-ignore lint/a11y/useFocusableInteractive: focus stays in the input, aria-activedescendant moves
          <div
            key={point.id}
            id={`${id}${point.id}`}
            role="option"
            aria-selected={index === at}
            className={css.option}
            onMouseDown={(event) => event.preventDefault()}
            onMouseEnter={() => setAt(index)}
            onClick={() => go(point.id)}
          >
            <strong>{point.name}</strong>
            <span className="mono">{point.serial ?? t('point.noMeter')}</span>
            <span className="muted">{point.address}</span>
            <span className="mono muted">{point.pod}</span>
          </div>
        ))}
        {shown && items.length === 0 && (
          <p className={css.none}>
            {found.isFetching ? t('state.searching') : t('shell.searchNone', { text: asked })}
          </p>
        )}
      </div>
    </search>
  )
}
