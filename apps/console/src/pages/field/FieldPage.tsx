import { Button } from '@mantine/core'
import { IconArrowLeft, IconRefresh } from '@tabler/icons-react'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { changeLanguage } from '../../i18n/index.ts'
import { EmptyView, ErrorView, LoadingView } from '../../ui/StateViews.tsx'
import { Status, type Tone } from '../../ui/Status.tsx'
import { AnswerView } from './AnswerView.tsx'
import css from './field.module.css'
import { forget } from './store.ts'
import type { Draft, Visit } from './types.ts'
import { type Field, useField } from './useField.ts'
import { VisitForm } from './VisitForm.tsx'

/** The crew's own page: opens without a signal, keeps what is typed, sends it when it can. */
export function FieldPage() {
  const { t, i18n } = useTranslation()
  const field = useField()
  const { visit: asked } = useSearch({ from: '/field' })
  const navigate = useNavigate()
  const visit = field.route?.items.find(({ id }) => id === asked)
  const other = i18n.language === 'ro' ? 'en' : 'ro'
  useEffect(() => {
    document.title = `${t('field.title')} · Contor`
  }, [t])
  return (
    <div className={css.page}>
      <header className={css.top}>
        {visit ? (
          <Link to="/field" className={css.back}>
            <IconArrowLeft size={22} aria-hidden />
            <span>{t('field.back')}</span>
          </Link>
        ) : (
          <h1>{t('field.title')}</h1>
        )}
        <Button variant="subtle" size="md" lang={other} onClick={() => void changeLanguage(other)}>
          {other === 'en' ? 'English' : 'Română'}
        </Button>
      </header>
      <SyncBar field={field} />
      <main className={css.main}>
        {field.error !== undefined && <ErrorView error={field.error} onRetry={() => void field.sync()} />}
        {visit && field.route ? (
          <OneVisit
            field={field}
            visit={visit}
            onDone={() => {
              void navigate({ to: '/field' })
              void field.sync()
            }}
          />
        ) : (
          <>
            <List field={field} />
            <SignOut field={field} />
          </>
        )}
      </main>
    </div>
  )
}

function SyncBar({ field }: { field: Field }) {
  const { t, i18n } = useTranslation()
  const time = (at: string) =>
    new Date(at).toLocaleTimeString(i18n.language, {
      hour: '2-digit',
      minute: '2-digit',
      timeZone: 'Europe/Bucharest',
    })
  const tone: Tone = !field.online ? 'warn' : field.pending > 0 ? 'busy' : 'ok'
  return (
    <section className={css.bar} aria-label={t('field.sync')}>
      <div role="status" data-testid="sync">
        <Status tone={tone}>
          {t(field.online ? 'field.online' : 'field.offline')}
          {' · '}
          {t(field.pending > 0 ? 'field.pending' : 'field.synced', { count: field.pending })}
        </Status>
        <p className="muted small">
          {field.route ? t('field.asOf', { time: time(field.route.fetchedAt) }) : t('field.never')}
          {field.kept && ` · ${t('field.kept')}`}
        </p>
      </div>
      <Button
        size="md"
        variant="default"
        loading={field.busy}
        leftSection={<IconRefresh size={18} aria-hidden />}
        onClick={() => void field.sync()}
      >
        {t('field.send')}
      </Button>
    </section>
  )
}

function stateOf(visit: Visit, draft: Draft | undefined): [Tone, string] {
  if (draft?.state === 'sent')
    return draft.answer?.effect === 'conflict' ? ['bad', 'conflict'] : ['ok', 'sent']
  if (draft?.state === 'refused') return ['bad', 'refused']
  if (draft?.state === 'ready') return ['busy', 'ready']
  if (visit.state !== 'open') return visit.state === 'withdrawn' ? ['warn', 'withdrawn'] : ['ok', visit.state]
  return draft ? ['warn', 'draft'] : ['idle', 'open']
}

function List({ field }: { field: Field }) {
  const { t, i18n } = useTranslation()
  if (!field.loaded || (!field.route && field.busy)) return <LoadingView />
  if (!field.route || field.route.items.length === 0)
    return <EmptyView title={t('field.none')} what={t('field.noneWhat')} todo={t('field.noneTodo')} />
  return (
    <ol className={css.list}>
      {field.route.items.map((visit) => {
        const [tone, word] = stateOf(visit, field.drafts.get(visit.id))
        return (
          <li key={visit.id}>
            <Link to="/field" search={{ visit: visit.id }} className={css.card}>
              <strong>{t(`field.actions.${visit.action}`)}</strong>
              <span>{visit.address}</span>
              <span className="muted">
                {visit.pointName} · {[visit.station, visit.feeder].filter(Boolean).join(' · ')}
              </span>
              <span className="muted">
                {visit.orderNumber} ·{' '}
                {new Date(`${visit.visitOn}T12:00:00Z`).toLocaleDateString(i18n.language, {
                  day: 'numeric',
                  month: 'long',
                })}
              </span>
              <Status tone={tone}>{t(`field.states.${word}`)}</Status>
            </Link>
          </li>
        )
      })}
    </ol>
  )
}

function OneVisit({ field, visit, onDone }: { field: Field; visit: Visit; onDone: () => void }) {
  const { t } = useTranslation()
  const draft = field.drafts.get(visit.id)
  if (!field.route) return null
  if (draft?.state === 'sent' && draft.answer) return <AnswerView visit={visit} answer={draft.answer} />
  if (visit.state !== 'open' && visit.recordNumber)
    return (
      <AnswerView visit={visit} answer={{ number: visit.recordNumber, effect: 'none', conflict: null }} />
    )
  return (
    <>
      {visit.state === 'withdrawn' && (
        <p role="alert" className={css.alert}>
          {t(draft ? 'field.withdrawnStarted' : 'field.withdrawn')}
        </p>
      )}
      {draft?.state === 'refused' && (
        <p role="alert" className={css.alert}>
          {t('field.refusedWhy', { why: draft.error ?? '' })}
        </p>
      )}
      <VisitForm
        visit={visit}
        facts={field.route.facts}
        subject={field.route.subject}
        draft={draft}
        onChange={field.change}
        onDone={onDone}
      />
    </>
  )
}

/** What is typed and not sent would be lost with the person: such a phone is not left. */
function SignOut({ field }: { field: Field }) {
  const { t } = useTranslation()
  const unsent = [...field.drafts.values()].some(({ state }) => state !== 'sent')
  const subject = field.route?.subject
  if (subject === undefined) return null
  const leave = async () => {
    await api('/auth/sign-out', { method: 'POST', body: {} })
    await forget(subject)
    location.assign('/sign-in')
  }
  return (
    <>
      {unsent && <p className="muted small">{t('field.signOutPending')}</p>}
      <Button
        size="md"
        variant="default"
        disabled={unsent || !field.online}
        onClick={() => void leave().catch(() => field.sync())}
      >
        {t('field.signOut')}
      </Button>
    </>
  )
}
