import { useEffect, useRef } from 'react'

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  target.closest('input, textarea, select, [contenteditable="true"]') !== null

/** Keys and two-key sequences ('g c') that act when nobody is typing into a field. */
export function useShortcuts(actions: Record<string, () => void>): void {
  const current = useRef(actions)
  current.current = actions
  useEffect(() => {
    let before = ''
    let since = 0
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return
      const recent = Date.now() - since < 1200 ? `${before} ${event.key}` : ''
      const action = current.current[recent] ?? current.current[event.key]
      before = event.key
      since = Date.now()
      if (!action) return
      event.preventDefault()
      before = ''
      action()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}
