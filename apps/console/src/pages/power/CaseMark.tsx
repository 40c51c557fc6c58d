import { useTranslation } from 'react-i18next'
import { Status } from '../../ui/Status.tsx'
import type { PowerCase } from './types.ts'

/** How far a case is; an open trip waits for the customer's hand. */
export function CaseMark({ found }: { found: Pick<PowerCase, 'kind' | 'state'> }) {
  const { t } = useTranslation()
  if (found.state === 'closed') return <Status tone="ok">{t('power.states.closed')}</Status>
  if (found.state === 'operator') return <Status tone="warn">{t('power.states.operator')}</Status>
  return found.kind === 'over-power' ? (
    <Status tone="bad">{t('power.waitsForHand')}</Status>
  ) : (
    <Status tone="busy">{t('power.programming')}</Status>
  )
}
