import { useNavigate } from '@tanstack/react-router'
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import type { ReadStep, ReadValue } from '../api/types.ts'
import { type Format, useFormat } from '../format/format.ts'
import { EmptyView } from '../ui/StateViews.tsx'
import css from './Reads.module.css'

export const valuesOf = (step: ReadStep): ReadValue[] =>
  (step.values ?? []).map((value) => ({ ...value, trace: value.trace ?? step.trace ?? undefined }))

const isObis = (name: string) => /^\d+(\.\d+){5}$/.test(name)

/** Names that people use for the registers that a read brings; anything else keeps its code. */
function nameOf(name: string, t: TFunction): string {
  if (!isObis(name)) return t(`read.names.${name}`, name)
  const register = `registers.${name.replaceAll('.', '_')}`
  const known = t(register, '')
  if (known !== '') return known
  const quantity = Number(name.split('.')[2])
  const phase = Math.floor((quantity - 21) / 20) + 1
  if (name.includes('.7.0.') && quantity % 20 === 12) return t('read.names.voltage', { phase })
  if (name.includes('.7.0.') && quantity % 20 === 11) return t('read.names.current', { phase })
  if (name.startsWith('1.0.1.7.0.')) return t('read.names.powerIn')
  if (name.startsWith('1.0.2.7.0.')) return t('read.names.powerOut')
  return name.startsWith('1.0.14.7.0.') ? t('read.names.frequency') : name
}

function shown({ value, unit }: ReadValue, f: Format): string {
  if (typeof value === 'number') {
    if (unit === 'Wh' || unit === 'varh') return f.energy(value, unit, 3)
    return `${f.number(value, Number.isInteger(value) ? 0 : 2)}${unit ? ` ${unit}` : ''}`
  }
  return /^\d{4}-\d{2}-\d{2}T/.test(value) ? `${f.date(value)} ${f.seconds(value)}` : value
}

export function ReadValues({ values, waiting }: { values: ReadValue[]; waiting: boolean }) {
  const { t } = useTranslation()
  const f = useFormat()
  const navigate = useNavigate()
  if (values.length === 0) {
    return waiting ? <EmptyView title={t('read.noValues')} what={t('read.noValuesWhat')} /> : null
  }
  const open = (trace: string) =>
    void navigate({ to: '.', search: (old) => ({ ...old, trace }), resetScroll: false })
  return (
    <dl className={css.values}>
      {values.map((value) => {
        const { trace } = value
        return (
          <div key={`${value.name}${trace}`}>
            <dt>
              {nameOf(value.name, t)}
              {isObis(value.name) && <span className="mono muted"> {value.name}</span>}
            </dt>
            <dd>
              {trace ? (
                <button type="button" onClick={() => open(trace)}>
                  {shown(value, f)}
                </button>
              ) : (
                shown(value, f)
              )}
            </dd>
          </div>
        )
      })}
    </dl>
  )
}
