import { Button } from '@mantine/core'
import { IconBolt, IconKey } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { meQuery, pointQuery } from '../../api/queries.ts'
import type { Me, Point } from '../../api/types.ts'
import { may, type PointTab, pointTabs } from '../../app/search.ts'
import { useFormat } from '../../format/format.ts'
import { meterTone } from '../../ui/causes.ts'
import { PageHead, Panel } from '../../ui/Panel.tsx'
import { Waiting } from '../../ui/StateViews.tsx'
import { rateTone, Status } from '../../ui/Status.tsx'
import { Tabs } from '../../ui/Tabs.tsx'
import { EditsTab } from '../edits/EditsTab.tsx'
import { EventsTab } from './EventsTab.tsx'
import { ExceptionsTab } from './ExceptionsTab.tsx'
import { IndexesTab } from './IndexesTab.tsx'
import { IntervalsTab } from './IntervalsTab.tsx'
import { MeterFacts } from './MeterFacts.tsx'
import css from './PointPage.module.css'

export function PointPage() {
  const { pointId } = useParams({ from: '/shell/points/$pointId' })
  const point = useQuery(pointQuery(pointId))
  return (
    <Waiting for={point} rows={10}>
      {point.data && <PointView key={pointId} point={point.data} />}
    </Waiting>
  )
}

function PointView({ point }: { point: Point }) {
  const { t } = useTranslation()
  const search = useSearch({ from: '/shell/points/$pointId' })
  const navigate = useNavigate()
  const tab: PointTab = search.tab ?? 'curve'
  const choose = (next: PointTab) =>
    void navigate({
      to: '.',
      search: (old) => ({ ...old, tab: next === 'curve' ? undefined : next }),
      replace: true,
      resetScroll: false,
    })
  const onTrace = (trace: string) =>
    void navigate({ to: '.', search: (old) => ({ ...old, trace }), resetScroll: false })
  return (
    <>
      <PageHead title={point.name} under={<Under point={point} />} tools={<Tools point={point} />} />
      <div className={css.columns}>
        <Panel flush className={css.data}>
          <Tabs
            label={t('point.views')}
            value={tab}
            onChange={choose}
            items={pointTabs.map((key) => ({
              key,
              word: t(`point.tabs.${key}`),
              count: key === 'exceptions' ? point.openExceptions : undefined,
            }))}
          />
          <div
            role="tabpanel"
            id={`panel-${tab}`}
            aria-labelledby={`tab-${tab}`}
            className={['indexes', 'events', 'exceptions'].includes(tab) ? undefined : css.body}
          >
            {(tab === 'curve' || tab === 'heat' || tab === 'table') && (
              <IntervalsTab point={point} search={search} shape={tab} onTrace={onTrace} />
            )}
            {tab === 'edits' && <EditsTab point={point} search={search} />}
            {tab === 'indexes' && <IndexesTab pointId={point.id} onTrace={onTrace} />}
            {tab === 'events' && <EventsTab pointId={point.id} onTrace={onTrace} />}
            {tab === 'exceptions' && <ExceptionsTab pointId={point.id} />}
          </div>
        </Panel>
        <MeterFacts point={point} />
      </div>
    </>
  )
}

function Under({ point }: { point: Point }) {
  const { t } = useTranslation()
  const f = useFormat()
  const state = point.meter?.state ?? point.meterState
  return (
    <>
      <Status tone={meterTone(state)}>{state ? t(`meterStates.${state}`, state) : t('point.noMeter')}</Status>
      <span className="mono">{point.pod}</span>
      <span>{point.address}</span>
      <Link to="/network/$stationId" params={{ stationId: point.stationId }}>
        {point.stationName ?? t('network.station')}
      </Link>
      <Status tone={rateTone(point.yesterdayRate)} plain>
        {t('point.yesterday', { rate: f.percent(point.yesterdayRate, 0) })}
      </Status>
    </>
  )
}

function Tools({ point }: { point: Point }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const me = useQueryClient().getQueryData<Me>(meQuery.queryKey)
  return (
    <>
      {may(me, 'tokens') && (
        <Button
          renderRoot={(props) => <Link {...props} to="/tokens" search={{ point: point.id }} />}
          variant="default"
          leftSection={<IconKey size={16} aria-hidden />}
        >
          {t('point.share')}
        </Button>
      )}
      {may(me, 'read-now') && point.meterId && (
        <Button
          leftSection={<IconBolt size={16} aria-hidden />}
          onClick={() =>
            void navigate({ to: '.', search: (old) => ({ ...old, read: point.id }), resetScroll: false })
          }
        >
          {t('read.title')}
        </Button>
      )}
    </>
  )
}
