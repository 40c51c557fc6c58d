import { Button } from '@mantine/core'
import { IconAlertOctagon, IconInbox, IconRefresh } from '@tabler/icons-react'
import { type ReactNode, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiError } from '../api/client.ts'
import css from './StateViews.module.css'

/** Nothing for the first 300 ms (most answers are faster), then grey lines in the shape of what comes. */
export function LoadingView({ rows = 5, height }: { rows?: number; height?: number }) {
  const { t } = useTranslation()
  const [late, setLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 300)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div className={css.loading} style={{ minHeight: height }} aria-busy="true">
      {late && <output className="sr-only">{t('state.loading')}</output>}
      {late &&
        Array.from({ length: rows }, (_, row) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: identical grey lines have no identity
          <div key={row} className={css.bone} style={{ width: `${94 - ((row * 17) % 38)}%` }} />
        ))}
    </div>
  )
}

export function EmptyView(props: { title: string; what: string; todo?: string; children?: ReactNode }) {
  return (
    <div className={css.view}>
      <IconInbox size={28} stroke={1.4} aria-hidden className={css.icon} />
      <div>
        <h3>{props.title}</h3>
        <p className="muted">{props.what}</p>
        {props.todo && <p className={css.todo}>{props.todo}</p>}
        {props.children}
      </div>
    </div>
  )
}

const known = [
  'unreachable',
  'bad-answer',
  'unauthenticated',
  'forbidden',
  'not-found',
  'too-many-requests',
  'server',
] as const

function errorKey(error: unknown): string {
  if (!(error instanceof ApiError)) return 'page'
  const match = known.find((code) => code === error.code)
  if (match) return match
  if (error.status === 403) return 'forbidden'
  if (error.status === 404) return 'not-found'
  if (error.status === 429) return 'too-many-requests'
  if (error.status === 0) return 'unreachable'
  return error.status >= 500 ? 'server' : 'request'
}

/** What happened, what it means, what to do. */
export function ErrorView({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation()
  const key = errorKey(error)
  const detail = error instanceof Error ? error.message : ''
  const remedy = error instanceof ApiError ? error.remedy : undefined
  return (
    <div className={css.view} role="alert">
      <IconAlertOctagon size={28} stroke={1.4} aria-hidden className={css.bad} />
      <div>
        <h3>{t(`errors.${key}.title`)}</h3>
        <p>{t(`errors.${key}.meaning`)}</p>
        <p className={css.todo}>{remedy ?? t(`errors.${key}.todo`)}</p>
        {detail !== '' && <p className={`${css.detail} mono`}>{detail.slice(0, 300)}</p>}
        {onRetry && (
          <Button
            size="xs"
            variant="default"
            mt="sm"
            leftSection={<IconRefresh size={15} aria-hidden />}
            onClick={onRetry}
          >
            {t('state.retry')}
          </Button>
        )}
      </div>
    </div>
  )
}

type Answer = { isPending: boolean; error: unknown; data: unknown; refetch: () => unknown }
/** Chooses between waiting, failure and content; old content stays visible while new content comes. */
export function Waiting(props: { for: Answer; rows?: number; height?: number; children: ReactNode }) {
  const { for: answer, rows, height } = props
  if (answer.data !== undefined) return props.children
  if (answer.error) return <ErrorView error={answer.error} onRetry={() => answer.refetch()} />
  return <LoadingView rows={rows} height={height} />
}
