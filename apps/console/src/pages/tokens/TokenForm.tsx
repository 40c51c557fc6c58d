import { Button, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { pointQuery, searchQuery, tokensQuery } from '../../api/queries.ts'
import { addDays, dayStart, today } from '../../format/zone.ts'
import { ErrorView } from '../../ui/StateViews.tsx'
import css from './Tokens.module.css'

const days = [30, 90, 365]

export function TokenForm({ pointId, onMade }: { pointId?: string; onMade: (token: string) => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const id = useId()
  const [label, setLabel] = useState('')
  const [typed, setTyped] = useState<string>()
  const [valid, setValid] = useState('90')
  const given = useQuery({ ...pointQuery(pointId ?? ''), enabled: pointId !== undefined })
  const text = typed ?? given.data?.pod ?? ''
  const [asked] = useDebouncedValue(text.trim(), 180)
  const found = useQuery({ ...searchQuery(asked), enabled: asked.length >= 2 })
  const matches = found.data?.items ?? []
  const point = matches.find((each) => each.pod === text.trim() || each.serial === text.trim())
  const make = useMutation({
    mutationFn: () =>
      api<{ id: string; token: string }>('/tokens', {
        method: 'POST',
        body: {
          meteringPointId: point?.id,
          label: label.trim(),
          expiresAt: new Date(dayStart(addDays(today(), Number(valid)))).toISOString(),
        },
      }),
    onSuccess: (answer) => {
      onMade(answer.token)
      setLabel('')
      void client.invalidateQueries({ queryKey: tokensQuery.queryKey })
    },
  })
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    if (point) make.mutate()
  }
  return (
    <form onSubmit={onSubmit} className={css.form}>
      <TextInput
        label={t('tokens.label')}
        description={t('tokens.labelWhat')}
        required
        withAsterisk={false}
        maxLength={80}
        value={label}
        onChange={(event) => setLabel(event.currentTarget.value)}
      />
      <TextInput
        label={t('tokens.point')}
        description={point ? `${point.name}, ${point.address}` : t('tokens.pointWhat')}
        required
        withAsterisk={false}
        list={`${id}points`}
        autoComplete="off"
        value={text}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      <datalist id={`${id}points`}>
        {matches.map((each) => (
          <option key={each.id} value={each.pod}>
            {`${each.name}, ${each.address}`}
          </option>
        ))}
      </datalist>
      <div>
        <label htmlFor={`${id}valid`}>{t('tokens.valid')}</label>
        <select id={`${id}valid`} value={valid} onChange={(event) => setValid(event.target.value)}>
          {days.map((n) => (
            <option key={n} value={n}>
              {t('balance.days', { count: n, n })}
            </option>
          ))}
        </select>
      </div>
      <p className="muted small">{t('tokens.mayRead')}</p>
      {make.error && <ErrorView error={make.error} />}
      <Button type="submit" loading={make.isPending} disabled={!point || label.trim() === ''}>
        {t('tokens.make')}
      </Button>
    </form>
  )
}
