import { useTranslation } from 'react-i18next'
import { EmptyView, ErrorView, LoadingView } from '../ui/StateViews.tsx'

export function RouteError({ error, reset }: { error: unknown; reset?: () => void }) {
  return <ErrorView error={error} onRetry={reset ?? (() => window.location.reload())} />
}

export function RoutePending() {
  return <LoadingView rows={8} />
}

export function NotFound() {
  const { t } = useTranslation()
  return (
    <EmptyView title={t('notFound.title')} what={t('notFound.what')}>
      <a href="/">{t('notFound.home')}</a>
    </EmptyView>
  )
}
