import { Drawer } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { traceQuery } from '../api/queries.ts'
import type { Trace } from '../api/types.ts'
import { useFormat } from '../format/format.ts'
import { Waiting } from '../ui/StateViews.tsx'
import { HexView } from './HexView.tsx'
import { MeaningTree } from './MeaningTree.tsx'
import css from './Trace.module.css'
import { bytesOf, focusPath, isReceived, nodeAt, pathAtByte } from './treeModel.ts'
import { WireFrames } from './WireFrames.tsx'

/** Where a value comes from: the bytes on the left, what they mean on the right. */
export function TraceDrawer({ reference, onClose }: { reference: string; onClose: () => void }) {
  const { t } = useTranslation()
  const trace = useQuery(traceQuery(reference))
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="min(1180px, 100vw)"
      title={t('trace.title')}
      closeButtonProps={{ 'aria-label': t('state.close') }}
      overlayProps={{ backgroundOpacity: 0.18 }}
      classNames={{ body: css.drawer, content: css.content }}
    >
      <Waiting for={trace} rows={10} height={400}>
        {trace.data && <TraceView key={reference} trace={trace.data} />}
      </Waiting>
    </Drawer>
  )
}

function TraceView({ trace }: { trace: Trace }) {
  const { t } = useTranslation()
  const f = useFormat()
  const focus = useMemo(() => focusPath(trace), [trace])
  const bytes = useMemo(() => bytesOf(trace), [trace])
  const [over, setOver] = useState<string>()
  const active = over ?? focus
  const node = active === undefined ? undefined : nodeAt(trace.decoded, active)
  const focused = focus === undefined ? undefined : nodeAt(trace.decoded, focus)
  const received = trace.frames.filter((frame) => isReceived(frame.direction)).length
  return (
    <>
      <dl className={css.head}>
        <div>
          <dt>{t('columns.meter')}</dt>
          <dd className="mono">{trace.serial}</dd>
        </div>
        <div>
          <dt>{t('trace.at')}</dt>
          <dd>
            {f.date(trace.at)} {f.seconds(trace.at)}
          </dd>
        </div>
        <div>
          <dt>{t('columns.purpose')}</dt>
          <dd>{t(`purposes.${trace.purpose}`, trace.purpose)}</dd>
        </div>
        <div>
          <dt>{t('trace.frames')}</dt>
          <dd>{t('trace.framesOf', { out: trace.frames.length - received, in: received })}</dd>
        </div>
        <Stored value={trace.value} />
      </dl>
      {trace.focus?.meaning && <p className={css.meaning}>{trace.focus.meaning}</p>}
      <div className={css.panes}>
        <section aria-label={t('trace.bytes')} className={css.pane}>
          <h3>
            {t(trace.plain ? 'trace.plainBytes' : 'trace.bytes')}{' '}
            <span className="muted">{t('trace.byteCount', { n: f.number(bytes.length) })}</span>
          </h3>
          <HexView
            bytes={bytes}
            active={node}
            focus={focused}
            onOver={(offset) => setOver(offset === undefined ? undefined : pathAtByte(trace.decoded, offset))}
          />
        </section>
        <section aria-label={t('trace.meaning')} className={css.pane}>
          <h3>{t('trace.meaning')}</h3>
          <MeaningTree root={trace.decoded} focus={focus} active={active} onOver={setOver} />
        </section>
      </div>
      <WireFrames frames={trace.frames} />
      <p className="muted small">{t('trace.keys')}</p>
    </>
  )
}

/** What the database says about the value, beside the bytes that said it first. */
function Stored({ value }: { value: unknown }) {
  const { t } = useTranslation()
  const f = useFormat()
  if (value === null || value === undefined) return null
  const text = () => {
    if (typeof value !== 'object') return String(value)
    const record = value as Record<string, unknown>
    const wh = record.valueWh ?? record.value
    const name = record.channel ?? record.obis ?? record.kind
    const at = record.start ?? record.at
    const parts = [
      typeof name === 'string' ? name : undefined,
      typeof wh === 'number' ? f.kwh(wh, 3) : undefined,
      typeof at === 'string' ? f.dateTime(at) : undefined,
      typeof record.version === 'number' ? `v${record.version}` : undefined,
    ].filter(Boolean)
    return parts.length > 0 ? parts.join(' · ') : JSON.stringify(value)
  }
  return (
    <div>
      <dt>{t('trace.stored')}</dt>
      <dd>
        <strong>{text()}</strong>
      </dd>
    </div>
  )
}
