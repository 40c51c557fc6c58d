import { useTranslation } from 'react-i18next'
import type { Check, Meter, Point } from '../../api/types.ts'
import { dash, useFormat } from '../../format/format.ts'
import { Fact, Facts, Panel } from '../../ui/Panel.tsx'
import { EmptyView } from '../../ui/StateViews.tsx'
import { Status } from '../../ui/Status.tsx'
import { PointPower } from '../power/PointPower.tsx'
import { MeterHistory } from './MeterHistory.tsx'
import css from './PointPage.module.css'

/** Seconds by which a clock may differ before the intervals are marked: the class-8 tolerance of the market. */
const clockTolerance = 9

export function MeterFacts({ point }: { point: Point }) {
  const { t } = useTranslation()
  const f = useFormat()
  const meter = point.meter
  return (
    <aside className={css.facts} aria-label={t('point.facts')}>
      <Panel title={t('point.placeTitle')}>
        <Facts>
          <Fact label="POD">
            <span className="mono">{point.pod}</span>
          </Fact>
          <Fact label={t('columns.address')}>{point.address}</Fact>
          <Fact label={t('point.kind')}>{t(`kinds.${point.kind}`, point.kind)}</Fact>
          <Fact label={t('point.phases')}>
            {t('point.phasesOf', { count: point.phases, n: point.phases })}
          </Fact>
          <Fact label={t('columns.power')}>{f.kw(point.approvedPowerW, 1)}</Fact>
          <Fact label={t('point.mode')}>{t(`modes.${point.readingMode}`, point.readingMode)}</Fact>
          {point.supplier && <Fact label={t('point.supplier')}>{point.supplier}</Fact>}
        </Facts>
      </Panel>
      {meter ? (
        <>
          <Identity meter={meter} />
          <MeterHistory point={point} />
          <RelayAndClock meter={meter} />
          <PointPower pod={point.pod} />
          <Commissioning meter={meter} />
        </>
      ) : (
        <Panel title={t('columns.meter')}>
          <EmptyView title={t('point.noMeter')} what={t('point.manualWhat')} />
        </Panel>
      )}
    </aside>
  )
}

function Identity({ meter }: { meter: Meter }) {
  const { t } = useTranslation()
  return (
    <Panel title={t('columns.meter')}>
      <Facts>
        <Fact label={t('meter.serial')}>
          <span className="mono">{meter.serial}</span>
        </Fact>
        <Fact label={t('meter.model')}>
          {[meter.manufacturer, meter.model].filter(Boolean).join(' ') || dash}
        </Fact>
        <Fact label={t('meter.firmware')}>{meter.firmware ?? dash}</Fact>
        <Fact label={t('meter.title')}>
          <span className="mono">{meter.systemTitle ?? dash}</span>
        </Fact>
        <Fact label={t('meter.transport')}>{transportText(meter.transport)}</Fact>
      </Facts>
    </Panel>
  )
}

function transportText(transport: Meter['transport']): string {
  if (typeof transport === 'string') return transport
  if (!transport) return dash
  return Object.values(transport)
    .filter((part) => part !== null && typeof part !== 'object')
    .join(' · ')
}

function RelayAndClock({ meter }: { meter: Meter }) {
  const { t } = useTranslation()
  const f = useFormat()
  const deviation = meter.clock?.deviationSeconds
  const output = meter.relay?.output
  return (
    <Panel title={t('meter.state')}>
      <Facts>
        <Fact label={t('columns.relay')}>
          {output === null || output === undefined ? (
            <Status tone="idle">{t('meter.unknown')}</Status>
          ) : (
            <Status tone={output ? 'ok' : 'bad'}>
              {t(output ? 'relay.connected' : 'relay.disconnected')}
            </Status>
          )}
        </Fact>
        <Fact label={t('meter.clock')}>
          {deviation === null || deviation === undefined ? (
            <Status tone="idle">{t('meter.unknown')}</Status>
          ) : (
            <span title={f.dateTime(meter.clock?.checkedAt)}>
              <Status tone={Math.abs(deviation) <= clockTolerance ? 'ok' : 'warn'}>
                {`${deviation > 0 ? '+' : ''}${f.number(deviation, 1)} s`}
              </Status>{' '}
              <span className="muted small">{f.relative(meter.clock?.checkedAt)}</span>
            </span>
          )}
        </Fact>
        <Fact label={t('meter.limiter')}>{f.kw(meter.limiterThresholdW, 1)}</Fact>
        <Fact label={t('meter.commissionedAt')}>{f.dateTime(meter.commissionedAt)}</Fact>
      </Facts>
    </Panel>
  )
}

const said = (value: unknown) =>
  value === null || value === undefined
    ? dash
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value)

function Commissioning({ meter }: { meter: Meter }) {
  const { t } = useTranslation()
  const checks = meter.commissioning ?? []
  return (
    <Panel title={t('meter.commissioning')}>
      {checks.length === 0 ? (
        <p className="muted">{t('meter.notCommissioned')}</p>
      ) : (
        <ul className={css.checks}>
          {checks.map((check: Check) => (
            <li key={check.check}>
              <Status tone={check.ok ? 'ok' : 'bad'} plain>
                {t(`checks.${check.check}`, check.check)}
              </Status>
              <p>
                {check.ok
                  ? said(check.found)
                  : t('meter.expectedFound', { expected: said(check.expected), found: said(check.found) })}
              </p>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}
