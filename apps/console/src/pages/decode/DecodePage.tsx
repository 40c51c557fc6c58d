import { Button, NativeSelect, Textarea, TextInput } from '@mantine/core'
import { IconLink, IconLock, IconTrash } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useDeferredValue, useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { changeLanguage, type Language } from '../../i18n/index.ts'
import { browserCrypto } from './browserCrypto.ts'
import css from './DecodePage.module.css'
import { asText, decodeText, fragmentOf, fromFragment } from './decodeModel.ts'
import { examples } from './examples.ts'
import { ResultView } from './ResultView.tsx'

const keyFields = ['encryption', 'authentication', 'dedicated'] as const
type Keys = Partial<Record<(typeof keyFields)[number] | 'systemTitle', string>>

/** Says what a frame is and means. It works without signing in and asks no server for anything. */
export function DecodePage() {
  const { t, i18n } = useTranslation()
  const [text, setText] = useState('')
  const [keys, setKeys] = useState<Keys>({})
  const [example, setExample] = useState('')
  const [copied, setCopied] = useState<'copied' | 'address'>()
  const language: Language = i18n.language === 'en' ? 'en' : 'ro'
  const deferred = useDeferredValue({ text, keys })
  const decoded = useMemo(
    () => decodeText(deferred.text, deferred.keys, language, browserCrypto),
    [deferred, language],
  )
  useEffect(() => {
    document.title = `${t('decode.title')} · Contor`
    const read = () => {
      const found = fromFragment(window.location.hash)
      if (!found) return
      setText(found.text)
      setKeys((old) => ({ ...old, ...(found.systemTitle && { systemTitle: found.systemTitle }) }))
    }
    read()
    window.addEventListener('hashchange', read)
    return () => window.removeEventListener('hashchange', read)
  }, [t])

  const write = (next: string) => {
    setText(next)
    setExample('')
    setCopied(undefined)
  }
  const choose = (id: string) => {
    setExample(id)
    setCopied(undefined)
    const chosen = examples.find((each) => each.id === id)
    if (!chosen) return
    setText(chosen.text ?? asText(chosen.frames ?? []))
    setKeys(chosen.keys ?? {})
  }
  const share = async () => {
    if (decoded.kind !== 'decoded') return
    const fragment = fragmentOf(decoded.frames, keys.systemTitle ?? '')
    window.history.replaceState(window.history.state, '', `#${fragment}`)
    try {
      await navigator.clipboard.writeText(window.location.href)
      setCopied('copied')
    } catch {
      setCopied('address')
    }
  }
  const other = language === 'ro' ? 'en' : 'ro'
  return (
    <div className={css.page}>
      <header className={css.top}>
        <Link to="/" className={css.brand} aria-label={t('shell.home')}>
          <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
            <path d="M3 20h7l4-12 5 16 3.5-9H29" fill="none" stroke="currentColor" strokeWidth="2.8" />
          </svg>
          <span>Contor</span>
        </Link>
        <button
          type="button"
          className={css.language}
          lang={other}
          onClick={() => void changeLanguage(other)}
        >
          {other === 'en' ? 'English' : 'Română'}
        </button>
      </header>
      <main className={css.main}>
        <div className={css.intro}>
          <h1>{t('decode.title')}</h1>
          <p className="muted">{t('decode.under')}</p>
        </div>
        <form className={css.form} onSubmit={(event) => event.preventDefault()}>
          <Textarea
            label={t('decode.input')}
            description={t('decode.inputWhat')}
            classNames={{ input: css.input }}
            value={text}
            onChange={(event) => write(event.currentTarget.value)}
            minRows={4}
            maxRows={10}
            autosize
            spellCheck={false}
            autoComplete="off"
            autoCapitalize="off"
          />
          <div className={css.tools}>
            <NativeSelect
              aria-label={t('decode.example')}
              value={example}
              onChange={(event) => choose(event.currentTarget.value)}
              data={[
                { value: '', label: t('decode.example') },
                ...examples.map(({ id }) => ({ value: id, label: t(`decode.examples.${id}`) })),
              ]}
            />
            <Button
              variant="default"
              leftSection={<IconLink size={16} aria-hidden />}
              disabled={decoded.kind !== 'decoded'}
              onClick={() => void share()}
            >
              {t('decode.share')}
            </Button>
            <Button
              variant="subtle"
              leftSection={<IconTrash size={16} aria-hidden />}
              disabled={text === '' && Object.keys(keys).length === 0}
              onClick={() => {
                write('')
                setKeys({})
                window.history.replaceState(window.history.state, '', window.location.pathname)
              }}
            >
              {t('decode.clear')}
            </Button>
            <span role="status" className="muted small">
              {copied === 'copied' && t('decode.copied')}
              {copied === 'address' && t('decode.inAddress')}
            </span>
          </div>
          <details className={css.keys} open={Object.keys(keys).length > 0 || undefined}>
            <summary>{t('decode.keys')}</summary>
            <div className={css.fields}>
              {[...keyFields, 'systemTitle' as const].map((name) => (
                <TextInput
                  key={name}
                  label={t(`decode.key.${name}`)}
                  classNames={{ input: css.key }}
                  value={keys[name] ?? ''}
                  onChange={(event) => {
                    const { value } = event.currentTarget
                    setKeys((old) => ({ ...old, [name]: value }))
                  }}
                  spellCheck={false}
                  autoComplete="off"
                  autoCapitalize="off"
                />
              ))}
            </div>
          </details>
          <p className={css.promise}>
            <IconLock size={16} aria-hidden />
            <span>{t('decode.promise')}</span>
          </p>
        </form>
        <section aria-label={t('decode.result')} className={css.result}>
          {decoded.kind === 'empty' && <p className="muted">{t('decode.nothing')}</p>}
          {decoded.kind === 'unreadable' && (
            <p role="alert" className={css.bad}>
              {decoded.message}
            </p>
          )}
          {decoded.kind === 'decoded' && <ResultView {...decoded} />}
        </section>
      </main>
    </div>
  )
}
