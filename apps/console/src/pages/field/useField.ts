import { useCallback, useEffect, useRef, useState } from 'react'
import { keepPage } from './offline.ts'
import { loadDrafts, loadRoute, saveDraft } from './store.ts'
import { fetchRoute, sendReady } from './sync.ts'
import type { Draft, Route } from './types.ts'

const everyMs = 60_000
/** While something waits: no browser promises to say when there is a signal again. */
const retryMs = 5_000

export interface Field {
  readonly route: Route | undefined
  readonly drafts: ReadonlyMap<string, Draft>
  readonly online: boolean
  readonly busy: boolean
  readonly kept: boolean
  readonly loaded: boolean
  readonly error: unknown
  readonly pending: number
  change(draft: Draft): void
  sync(): Promise<void>
}

/** The route and the forms of this phone; sends what is ready whenever there is a signal. */
export function useField(): Field {
  const [route, setRoute] = useState<Route>()
  const [drafts, setDrafts] = useState<ReadonlyMap<string, Draft>>(new Map())
  const [online, setOnline] = useState(navigator.onLine)
  const [busy, setBusy] = useState(false)
  const [kept, setKept] = useState(false)
  const [loaded, setLoaded] = useState(false)
  const [error, setError] = useState<unknown>()
  // Asked for while a round runs, another one follows: the signal may have come back in the middle of it.
  const rounds = useRef({ running: false, asked: false })

  const readDrafts = useCallback(async (subject: string | undefined) => {
    const all = await loadDrafts()
    setDrafts(
      new Map(all.filter((draft) => draft.subject === subject).map((draft) => [draft.visitId, draft])),
    )
  }, [])

  const sync = useCallback(async () => {
    rounds.current.asked = true
    if (rounds.current.running) return
    rounds.current.running = true
    setBusy(true)
    while (rounds.current.asked) {
      rounds.current.asked = false
      try {
        const known = await loadRoute()
        if (known) await sendReady(known.subject)
        const fresh = await fetchRoute()
        setOnline(fresh !== undefined)
        if (fresh) setRoute(fresh)
        await readDrafts((fresh ?? known)?.subject)
        setError(undefined)
        if (fresh) setKept(await keepPage())
      } catch (failure) {
        setError(failure)
      }
    }
    rounds.current.running = false
    setBusy(false)
  }, [readDrafts])

  useEffect(() => {
    const goesOffline = () => setOnline(false)
    const comesOnline = () => void sync()
    addEventListener('offline', goesOffline)
    addEventListener('online', comesOnline)
    const timer = setInterval(() => void sync(), everyMs)
    void (async () => {
      const known = await loadRoute()
      setRoute(known)
      await readDrafts(known?.subject)
      setLoaded(true)
      // Asked once: the browser then does not clear it to make room.
      await navigator.storage?.persist?.().catch(() => false)
      await sync()
    })()
    return () => {
      removeEventListener('offline', goesOffline)
      removeEventListener('online', comesOnline)
      clearInterval(timer)
    }
  }, [sync, readDrafts])

  const change = useCallback((draft: Draft) => {
    setDrafts((old) => new Map(old).set(draft.visitId, draft))
    void saveDraft(draft).catch(setError)
  }, [])

  const pending = [...drafts.values()].filter(({ state }) => state === 'ready').length
  const waits = loaded && (pending > 0 || !online)
  useEffect(() => {
    if (!waits) return
    const timer = setInterval(() => navigator.onLine && void sync(), retryMs)
    return () => clearInterval(timer)
  }, [waits, sync])
  return { route, drafts, online, busy, kept, loaded, error, pending, change, sync }
}
