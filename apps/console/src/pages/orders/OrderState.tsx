import { useTranslation } from 'react-i18next'
import { Status, type Tone } from '../../ui/Status.tsx'
import type { OrderState } from './types.ts'

const tones: Record<OrderState, Tone> = {
  waiting: 'idle',
  approval: 'warn',
  ready: 'busy',
  remote: 'busy',
  customer: 'warn',
  field: 'busy',
  executed: 'ok',
  closed: 'ok',
  cancelled: 'idle',
  refused: 'bad',
  failed: 'bad',
}

export function OrderStateMark({ state }: { state: OrderState }) {
  const { t } = useTranslation()
  return <Status tone={tones[state]}>{t(`orders.states.${state}`)}</Status>
}
