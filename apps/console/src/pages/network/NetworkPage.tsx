import { IconBuildingFactory2 } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { meQuery, stationsQuery } from '../../api/queries.ts'
import type { Me, Station } from '../../api/types.ts'
import { may } from '../../app/search.ts'
import { useFormat } from '../../format/format.ts'
import { PageHead } from '../../ui/Panel.tsx'
import { Waiting } from '../../ui/StateViews.tsx'
import css from './NetworkPage.module.css'
import { PointsPanel } from './PointsPanel.tsx'

export function NetworkPage() {
  const { t } = useTranslation()
  const search = useSearch({ from: '/shell/network' })
  const me = useQueryClient().getQueryData<Me>(meQuery.queryKey)
  const seesStations = may(me, 'network')
  const stations = useQuery({ ...stationsQuery, enabled: seesStations })
  const items = stations.data?.items ?? []
  return (
    <>
      <PageHead title={t('network.title')} under={t('network.under')} />
      {seesStations && (
        <Waiting for={stations} rows={2}>
          {items.length > 0 && (
            <ul className={css.stations} aria-label={t('network.stations')}>
              {items.map((station) => (
                <li key={station.id}>
                  <StationCard station={station} />
                </li>
              ))}
            </ul>
          )}
        </Waiting>
      )}
      <PointsPanel search={search} />
    </>
  )
}

function StationCard({ station }: { station: Station }) {
  const { t } = useTranslation()
  const f = useFormat()
  const points = station.points
  return (
    <Link to="/network/$stationId" params={{ stationId: station.id }} className={css.station}>
      <IconBuildingFactory2 size={26} stroke={1.4} aria-hidden />
      <span>
        <strong>{station.name}</strong>
        <span className="muted">
          {[
            station.code,
            station.ratedKva && `${f.number(station.ratedKva)} kVA`,
            points !== undefined && t('network.points', { count: points, n: f.number(points) }),
          ]
            .filter(Boolean)
            .join(' · ')}
        </span>
      </span>
    </Link>
  )
}
