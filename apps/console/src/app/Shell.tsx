import {
  IconActivityHeartbeat,
  IconBinary,
  IconBinaryTree2,
  IconBolt,
  IconFileSpreadsheet,
  IconKey,
  IconListCheck,
  IconMail,
  IconPencilCheck,
  IconPlugConnectedX,
  IconPlugOff,
  IconReplace,
  IconRuler,
  IconSend,
  IconStairsDown,
  IconSum,
  IconTimelineEventExclamation,
  IconTruck,
  IconZoomExclamation,
} from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { Link, Outlet, useNavigate, useRouterState, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { meQuery } from '../api/queries.ts'
import type { Me } from '../api/types.ts'
import { HelpOverlay } from './HelpOverlay.tsx'
import { PointSearchBox } from './PointSearchBox.tsx'
import { Preferences } from './Preferences.tsx'
import css from './Shell.module.css'
import { type Place, placesFor } from './search.ts'
import { useShortcuts } from './useShortcuts.ts'

const TraceDrawer = lazy(() => import('../trace/TraceDrawer.tsx').then((m) => ({ default: m.TraceDrawer })))
const ExplainDrawer = lazy(() =>
  import('../explain/ExplainDrawer.tsx').then((m) => ({ default: m.ExplainDrawer })),
)
const ReadDrawer = lazy(() => import('../reads/ReadDrawer.tsx').then((m) => ({ default: m.ReadDrawer })))

const icons = {
  '/collection': IconActivityHeartbeat,
  '/network': IconBinaryTree2,
  '/losses': IconZoomExclamation,
  '/gaps': IconTimelineEventExclamation,
  '/exceptions': IconListCheck,
  '/rules': IconRuler,
  '/edits': IconPencilCheck,
  '/sums': IconSum,
  '/transfers': IconFileSpreadsheet,
  '/deliveries': IconSend,
  '/orders': IconPlugConnectedX,
  '/power': IconBolt,
  '/tranches': IconStairsDown,
  '/interruptions': IconPlugOff,
  '/field': IconTruck,
  '/exchanges': IconReplace,
  '/messages': IconMail,
  '/tokens': IconKey,
  '/decode': IconBinary,
}

export function Shell() {
  const { t } = useTranslation()
  const me = useQueryClient().getQueryData<Me>(meQuery.queryKey)
  const places = placesFor(me)
  const [help, setHelp] = useState(false)
  const navigate = useNavigate()
  useShortcuts({
    '?': () => setHelp(true),
    ...Object.fromEntries(places.map((place) => [`g ${place.key}`, () => void navigate({ to: place.to })])),
  })
  useEffect(() => {
    document.title = 'Contor'
  }, [])
  return (
    <div className={css.shell}>
      <a href="#content" className={css.skip}>
        {t('shell.skip')}
      </a>
      <header className={`${css.top} no-print`}>
        <Link to="/" className={css.brand} aria-label={t('shell.home')}>
          <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
            <path d="M3 20h7l4-12 5 16 3.5-9H29" fill="none" stroke="currentColor" strokeWidth="2.8" />
          </svg>
          <span>Contor</span>
        </Link>
        <PointSearchBox />
        {me && <Preferences me={me} onHelp={() => setHelp(true)} />}
      </header>
      <nav className={`${css.rail} no-print`} aria-label={t('shell.places')}>
        {places.map((place) => (
          <PlaceLink key={place.to} place={place} />
        ))}
      </nav>
      <main id="content" className={css.main} tabIndex={-1}>
        <Outlet />
      </main>
      <Drawers />
      <HelpOverlay opened={help} onClose={() => setHelp(false)} places={places} />
    </div>
  )
}

function PlaceLink({ place }: { place: Place }) {
  const { t } = useTranslation()
  const Icon = icons[place.to]
  const path = useRouterState({ select: (state) => state.location.pathname })
  const link = useRef<HTMLAnchorElement>(null)
  const here = path.startsWith(place.to) || (place.to === '/network' && path.startsWith('/points'))
  // On a phone the places scroll: the one that is open is always in sight.
  useEffect(() => {
    if (here) link.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [here])
  return (
    <Link ref={link} to={place.to} className={css.place} aria-current={here ? 'page' : undefined}>
      <Icon size={22} stroke={1.6} aria-hidden />
      <span>{t(place.word)}</span>
    </Link>
  )
}

/** Detail opens beside the list, never over its place: the address keeps both. */
function Drawers() {
  const search = useSearch({ strict: false }) as { trace?: string; read?: string; explain?: string }
  const navigate = useNavigate()
  const close = (key: 'trace' | 'read' | 'explain') =>
    void navigate({ to: '.', search: (old) => ({ ...old, [key]: undefined }), resetScroll: false })
  return (
    <Suspense fallback={null}>
      {search.read && <ReadDrawer pointId={search.read} onClose={() => close('read')} />}
      {search.explain && <ExplainDrawer reference={search.explain} onClose={() => close('explain')} />}
      {search.trace && <TraceDrawer reference={search.trace} onClose={() => close('trace')} />}
    </Suspense>
  )
}
