import { Button, PasswordInput, TextInput } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useRouter, useSearch } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiError, api } from '../../api/client.ts'
import { demoQuery } from '../../api/queries.ts'
import { changeLanguage } from '../../i18n/index.ts'
import { ErrorView } from '../../ui/StateViews.tsx'
import css from './SignInPage.module.css'

const inside = (to: string | undefined) => (to?.startsWith('/') && !to.startsWith('//') ? to : '/')

export function SignInPage() {
  const { t, i18n } = useTranslation()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const demo = useQuery(demoQuery)
  const client = useQueryClient()
  const router = useRouter()
  const { to } = useSearch({ from: '/sign-in' })

  const enter = async (credentials: { email: string; password: string }) => {
    setBusy(true)
    setError(undefined)
    try {
      await api('/auth/sign-in/email', { method: 'POST', body: credentials })
      client.clear()
      router.history.push(inside(to))
    } catch (failure) {
      setError(failure)
    } finally {
      setBusy(false)
    }
  }
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    void enter({ email, password })
  }
  const refused =
    error instanceof ApiError && (error.status === 401 || error.status === 400 || error.status === 403)
  const other = i18n.language === 'ro' ? 'en' : 'ro'
  return (
    <main className={css.page}>
      <div className={css.card}>
        <header>
          <svg viewBox="0 0 32 32" width="34" height="34" aria-hidden="true">
            <path d="M3 20h7l4-12 5 16 3.5-9H29" fill="none" stroke="currentColor" strokeWidth="2.6" />
          </svg>
          <h1>Contor</h1>
          <p className="muted">{t('signIn.under')}</p>
        </header>
        <form onSubmit={onSubmit}>
          <TextInput
            label={t('signIn.email')}
            type="email"
            autoComplete="username"
            required
            withAsterisk={false}
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <PasswordInput
            label={t('signIn.password')}
            autoComplete="current-password"
            required
            withAsterisk={false}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            visibilityToggleButtonProps={{ 'aria-label': t('signIn.show') }}
          />
          {refused && (
            <p role="alert" className={css.refused}>
              {t('signIn.refused')}
            </p>
          )}
          {error !== undefined && !refused && <ErrorView error={error} />}
          <Button type="submit" loading={busy} fullWidth>
            {t('signIn.enter')}
          </Button>
        </form>
        {demo.data && demo.data.accounts.length > 0 && (
          <section className={css.demo}>
            <h2>{t('signIn.demo')}</h2>
            <p className="muted small">{t('signIn.demoWhat')}</p>
            <ul>
              {demo.data.accounts.map((account) => (
                <li key={account.email}>
                  <button type="button" disabled={busy} onClick={() => void enter(account)}>
                    <strong>{t(`roles.${account.role}`, { defaultValue: account.role })}</strong>
                    <span className="muted">{t(`signIn.sees.${account.role}`, { defaultValue: '' })}</span>
                    <span className="mono muted">{account.email}</span>
                  </button>
                </li>
              ))}
            </ul>
          </section>
        )}
        <p className={css.open}>
          <Link to="/decode">{t('decode.fromSignIn')}</Link>
        </p>
        <button
          type="button"
          className={css.language}
          lang={other}
          onClick={() => void changeLanguage(other)}
        >
          {other === 'en' ? 'English' : 'Română'}
        </button>
      </div>
    </main>
  )
}
