import { useTranslation } from 'react-i18next'
import { useFormat } from '../../format/format.ts'
import css from './BalanceFlow.module.css'
import type { Totals } from './totals.ts'

/** What entered the station's network above, where it went below, drawn to one scale. */
export function BalanceFlow({ sum }: { sum: Totals }) {
  const { t } = useTranslation()
  const entered = [
    ['supplied', sum.suppliedWh],
    ['produced', sum.producedWh],
  ] as const
  const left = [
    ['consumed', sum.consumedWh],
    ['returned', sum.returnedWh],
    ['loss', Math.max(sum.lossWh, 0)],
  ] as const
  return (
    <div className={css.flow}>
      <Row label={t('balance.in')} parts={entered} />
      <Row label={t('balance.out')} parts={left} />
    </div>
  )
}

function Row(props: { label: string; parts: readonly (readonly [string, number])[] }) {
  const { t } = useTranslation()
  const f = useFormat()
  const all = props.parts.reduce((total, [, wh]) => total + wh, 0)
  return (
    <>
      <span className="muted small">{props.label}</span>
      <div className={css.row}>
        {props.parts.map(([key, wh]) =>
          wh > 0 ? (
            <div
              key={key}
              className={`${css.part} ${css[key]}`}
              style={{ flexGrow: wh }}
              title={`${t(`balance.${key}`)}: ${f.kwh(wh, 1)}`}
            >
              {wh / all > 0.09 && (
                <span>
                  {t(`balance.${key}`)} {f.percent(wh / all)}
                </span>
              )}
            </div>
          ) : null,
        )}
      </div>
    </>
  )
}
