import { useEffect, useRef, useState } from 'react'

type Handlers = Record<string, (data: unknown) => void>

/**
 * Server-sent events with the session cookie. The browser reconnects by itself; `connected` tells whether
 * the pages may rely on pushes or should ask by themselves meanwhile.
 */
export function useEventStream(path: string | null, handlers: Handlers): { connected: boolean } {
  const [connected, setConnected] = useState(false)
  const current = useRef(handlers)
  current.current = handlers
  const names = Object.keys(handlers).join(' ')
  useEffect(() => {
    if (path === null) return
    const source = new EventSource(`/api${path}`)
    source.onopen = () => setConnected(true)
    source.onerror = () => setConnected(false)
    for (const name of names.split(' ')) {
      source.addEventListener(name, (event) => {
        try {
          current.current[name]?.(JSON.parse((event as MessageEvent<string>).data))
        } catch {
          // A broken event is skipped: the next summary says the same again.
        }
      })
    }
    return () => {
      source.close()
      setConnected(false)
    }
  }, [path, names])
  return { connected }
}
