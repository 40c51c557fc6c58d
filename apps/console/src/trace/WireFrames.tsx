import { useTranslation } from 'react-i18next'
import type { TraceFrame } from '../api/types.ts'
import { useFormat } from '../format/format.ts'
import css from './Trace.module.css'
import { toBytes } from './treeModel.ts'

const shownBytes = 512

/** The frames as they crossed the wire, ciphered ones as ciphered. */
export function WireFrames({ frames }: { frames: TraceFrame[] }) {
  const { t } = useTranslation()
  const f = useFormat()
  return (
    <details className={css.wire}>
      <summary>{t('trace.wire', { n: f.number(frames.length) })}</summary>
      <ol>
        {frames.map((frame, index) => {
          const bytes = toBytes(frame.hex)
          const received = frame.direction === 'received'
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: frames never change order
            <li key={index}>
              <p>
                <strong>{received ? `← ${t('trace.received')}` : `→ ${t('trace.sent')}`}</strong>{' '}
                <span className="muted">
                  {f.seconds(frame.at)} · {t('trace.byteCount', { n: f.number(bytes.length) })}
                </span>
              </p>
              <code>
                {bytes.slice(0, shownBytes).join(' ')}
                {bytes.length > shownBytes ? ' …' : ''}
              </code>
            </li>
          )
        })}
      </ol>
    </details>
  )
}
