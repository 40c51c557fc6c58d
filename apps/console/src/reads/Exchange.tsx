import {
  IconAlertTriangle,
  IconArrowLeft,
  IconArrowRight,
  IconCheck,
  IconNumber123,
  IconPlugConnected,
} from '@tabler/icons-react'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { ReadStep } from '../api/types.ts'
import { useFormat } from '../format/format.ts'
import css from './Reads.module.css'

const icons = {
  connect: IconPlugConnected,
  request: IconArrowRight,
  response: IconArrowLeft,
  value: IconNumber123,
  error: IconAlertTriangle,
  done: IconCheck,
}

/** The conversation with the meter, line by line, as it happens. */
export function Exchange({ steps }: { steps: ReadStep[] }) {
  const { t } = useTranslation()
  const f = useFormat()
  const end = useRef<HTMLDivElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: follows the newest line
  useEffect(() => {
    end.current?.scrollTo({ top: end.current.scrollHeight })
  }, [steps.length])
  return (
    <section aria-label={t('read.exchange')}>
      <h3>{t('read.exchange')}</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <div ref={end} className={css.exchange} tabIndex={0} role="log" aria-label={t('read.exchange')}>
        {steps.map((step, index) => {
          const Icon = icons[step.kind] ?? IconArrowRight
          const bytes = step.hex ? Math.floor(step.hex.replace(/[^0-9a-fA-F]/g, '').length / 2) : 0
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a log only grows
            <div key={index} className={css.step} data-kind={step.kind}>
              <span className="muted mono">{f.seconds(step.at)}</span>
              <Icon size={15} aria-hidden />
              <div>
                <span className="sr-only">{t(`read.kinds.${step.kind}`)}: </span>
                {step.kind === 'done' ? t('read.done') : t(`purposes.${step.label}`, step.label)}
                {bytes > 0 && (
                  <details>
                    <summary>{t('trace.byteCount', { n: f.number(bytes) })}</summary>
                    <code>{step.hex?.slice(0, 3000)}</code>
                  </details>
                )}
              </div>
            </div>
          )
        })}
      </div>
    </section>
  )
}
