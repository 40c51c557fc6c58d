import { Button, NativeSelect, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Panel } from '../../ui/Panel.tsx'
import css from './field.module.css'
import type { Seal } from './types.ts'

const places = ['terminal-cover', 'meter-cover', 'box', 'breaker', 'other'] as const

export function SealList({ seals, onChange }: { seals: Seal[]; onChange: (seals: Seal[]) => void }) {
  const { t } = useTranslation()
  const change = (at: number, part: Partial<Seal>) =>
    onChange(seals.map((seal, index) => (index === at ? { ...seal, ...part } : seal)))
  const add = (action: Seal['action']) => onChange([...seals, { action, number: '', place: places[0] }])
  return (
    <Panel title={t('field.seals')}>
      <div className={css.fields}>
        {seals.map((seal, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines of a form have no other identity
          <div key={index} className={css.pair}>
            <TextInput
              size="lg"
              maxLength={40}
              label={t(`field.seal.${seal.action}`)}
              value={seal.number}
              onChange={(event) => change(index, { number: event.currentTarget.value })}
            />
            <NativeSelect
              size="lg"
              label={t('field.sealPlace')}
              data={places.map((value) => ({ value, label: t(`field.places.${value}`) }))}
              value={seal.place}
              onChange={(event) => change(index, { place: event.currentTarget.value })}
            />
          </div>
        ))}
        <div className={css.pair}>
          <Button size="md" h={48} px="xs" variant="default" onClick={() => add('removed')}>
            {t('field.addRemoved')}
          </Button>
          <Button size="md" h={48} px="xs" variant="default" onClick={() => add('applied')}>
            {t('field.addApplied')}
          </Button>
        </div>
      </div>
    </Panel>
  )
}
