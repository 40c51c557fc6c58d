import { Drawer } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { TFunction } from 'i18next'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { traceQuery } from '../api/queries.ts'
import type { StoredValue, Trace } from '../api/types.ts'
import { useFormat } from '../format/format.ts'
import { Waiting } from '../ui/StateViews.tsx'
import { HexView } from './HexView.tsx'
import { MeaningTree } from './MeaningTree.tsx'
import css from './Trace.module.css'
import { firstPath, type Layer, layerOf, nodeAt, pathAtByte } from './treeModel.ts'
import { WireFrames } from './WireFrames.tsx'

/** Where a value comes from: the bytes on the left, what they mean on the right. */
export function TraceDrawer({ reference, onClose }: { reference: string; onClose: () => void }) {
  const { t, i18n } = useTranslation()
  const trace = useQuery(traceQuery(reference, i18n.language))
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
  const first = useMemo(() => firstPath(trace), [trace])
  // What was pointed at last stays lit, so that the eye can go over to the other side.
  const [active, setActive] = useState(first)
  const layer = useMemo(() => layerOf(trace, active), [trace, active])
  const home = useMemo(() => layerOf(trace, first), [trace, first])
  const received = trace.frames.filter((frame) => frame.direction === 'received').length
  const focused = layer && layer.path === home?.path ? nodeAt(trace.decoded, first) : undefined
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
      </dl>
      {trace.value && <Stored value={trace.value} />}
      <div className={css.panes}>
        <section aria-label={t('trace.bytes')} className={css.pane}>
          <h3>
            {layer ? layerTitle(layer, t) : t('trace.bytes')}{' '}
            <span className="muted">{t('trace.byteCount', { n: f.number(layer?.bytes.length ?? 0) })}</span>
          </h3>
          <HexView
            key={layer?.path}
            bytes={layer?.bytes ?? []}
            active={nodeAt(trace.decoded, active)}
            focus={focused}
            onOver={(offset) => {
              const path = layer && pathAtByte(trace.decoded, layer.path, offset)
              if (path) setActive(path)
            }}
          />
        </section>
        <section aria-label={t('trace.meaning')} className={css.pane}>
          <h3>{t('trace.meaning')}</h3>
          <MeaningTree root={trace.decoded} focus={first} active={active} onOver={setActive} />
        </section>
      </div>
      <WireFrames frames={trace.frames} />
      <p className="muted small">{t('trace.keys')}</p>
    </>
  )
}

function layerTitle(layer: Layer, t: TFunction): string {
  const { frame, name } = layer
  if (!frame) return t(`trace.layers.${name}`, name)
  const number = name.replace(/\D/g, '') || '1'
  return t(frame.direction === 'received' ? 'trace.frameReceived' : 'trace.frameSent', { n: number })
}

/** What the database says about the value, beside the octets that said it first. */
function Stored({ value }: { value: StoredValue }) {
  const { t } = useTranslation()
  const f = useFormat()
  const unit = (channel: string) => (channel.startsWith('A') ? 'Wh' : 'varh')
  return (
    <p className={css.meaning}>
      {t('trace.stored')}{' '}
      {value.kind === 'interval' && (
        <>
          {f.dateTime(value.start)}:{' '}
          {value.channels.map((each) => (
            <span key={each.channel} className={css.stored}>
              {each.channel} <strong>{f.energy(each.value, unit(each.channel), 3)}</strong>{' '}
              {t(`quality.${each.quality}`)}
            </span>
          ))}
        </>
      )}
      {value.kind === 'index' && (
        <>
          {f.dateTime(value.at)}:{' '}
          {value.registers.map((each) => (
            <span key={each.obis} className={css.stored}>
              {t(`registers.${each.obis.replaceAll('.', '_')}`, each.obis)}{' '}
              <strong>{f.kwh(each.valueWh, 3)}</strong>
            </span>
          ))}
        </>
      )}
      {value.kind === 'event' &&
        `${f.dateTime(value.at)}: ${t(`logs.${value.log}`, value.log)}, ${t('columns.code')} ${value.code}`}
    </p>
  )
}
