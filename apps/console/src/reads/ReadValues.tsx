import { useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { ReadStep, ReadValue } from '../api/types.ts'
import { dash, type Format, useFormat } from '../format/format.ts'
import { EmptyView } from '../ui/StateViews.tsx'
import css from './Reads.module.css'

/** Values of a step, whichever of the two shapes the server chose: a list, or names with values. */
export function valuesOf(step: ReadStep): ReadValue[] {
  const { values } = step
  if (!values) return []
  const list = Array.isArray(values)
    ? values
    : Object.entries(values).map(
        ([label, value]): ReadValue =>
          value !== null && typeof value === 'object' && 'value' in value
            ? { label, ...(value as ReadValue) }
            : { label, value },
      )
  return list.map((each) => ({ ...each, trace: each.trace ?? step.trace }))
}

function shown(value: ReadValue, f: Format): string {
  const raw = value.value
  if (raw === null || raw === undefined) return dash
  if (typeof raw === 'number') {
    if (value.unit === 'Wh') return f.kwh(raw, 3)
    if (value.unit === 'varh') return `${f.number(raw / 1000, 3)} kvarh`
    return `${f.number(raw, Number.isInteger(raw) ? 0 : 2)}${value.unit ? ` ${value.unit}` : ''}`
  }
  if (typeof raw === 'string' && /^\d{4}-\d{2}-\d{2}T/.test(raw)) return `${f.date(raw)} ${f.seconds(raw)}`
  if (typeof raw === 'object') return JSON.stringify(raw)
  return `${raw}${value.unit ? ` ${value.unit}` : ''}`
}

export function ReadValues({ values, waiting }: { values: ReadValue[]; waiting: boolean }) {
  const { t } = useTranslation()
  const f = useFormat()
  const navigate = useNavigate()
  if (values.length === 0) {
    if (!waiting) return null
    return <EmptyView title={t('read.noValues')} what={t('read.noValuesWhat')} />
  }
  return (
    <dl className={css.values}>
      {values.map((value) => {
        const { trace } = value
        return (
          <div key={`${value.obis ?? ''}${value.label ?? value.name ?? ''}`}>
            <dt>
              {value.label ?? value.name ?? value.obis}
              {value.obis && <span className="mono muted"> {value.obis}</span>}
            </dt>
            <dd>
              {trace ? (
                <button
                  type="button"
                  onClick={() =>
                    void navigate({ to: '.', search: (old) => ({ ...old, trace }), resetScroll: false })
                  }
                >
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
