import { Button, Checkbox, Textarea, TextInput } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Fact, Facts as FactList, Panel } from '../../ui/Panel.tsx'
import { ExchangePart } from './ExchangePart.tsx'
import css from './field.module.css'
import { Photos } from './Photos.tsx'
import { missingOf, newDraft } from './record.ts'
import { SealList } from './SealList.tsx'
import { SignaturePad } from './SignaturePad.tsx'
import type { Draft, Facts, Titled, Visit } from './types.ts'

type Props = {
  visit: Visit
  facts: Facts
  subject: string
  draft: Draft | undefined
  onChange: (draft: Draft) => void
  onDone: () => void
}

/** One visit, from top to bottom in the order of the work. Every change is kept at once. */
export function VisitForm({ visit, facts, subject, draft, onChange, onDone }: Props) {
  const { t } = useTranslation()
  const [photos, setPhotos] = useState(0)
  const [tried, setTried] = useState(false)
  const begin = () => onChange(newDraft(visit, subject, lastCrewName(), new Date()))
  if (!draft)
    return (
      <>
        <Place visit={visit} />
        {visit.state === 'open' && (
          <Button size="xl" fullWidth onClick={begin}>
            {t('field.begin')}
          </Button>
        )}
      </>
    )
  const set = (change: Partial<Draft>) => onChange({ ...draft, ...change, state: 'draft' })
  const missing = missingOf(draft, visit.task, facts, photos)
  const finish = () => {
    setTried(true)
    if (missing.length > 0) return
    keepCrewName(draft.crewName)
    onChange({ ...draft, state: 'ready', finishedAt: new Date().toISOString() })
    onDone()
  }
  return (
    <>
      <Place visit={visit} />
      <Checklist facts={facts} draft={draft} set={set} />
      <Work visit={visit} facts={facts} draft={draft} set={set} />
      <SealList seals={draft.seals} onChange={(seals) => set({ seals })} />
      <Photos visitId={visit.id} onCount={setPhotos} />
      <Outcome facts={facts} draft={draft} set={set} />
      <Signatures draft={draft} set={set} />
      {tried && missing.length > 0 && (
        <div role="alert" className={css.alert}>
          <p>{t('field.missing')}</p>
          <ul>
            {missing.map((name) => (
              <li key={name}>{t(`field.missings.${name}`)}</li>
            ))}
          </ul>
        </div>
      )}
      <Button size="xl" fullWidth onClick={finish}>
        {t('field.finish')}
      </Button>
    </>
  )
}

const crewNameKey = 'contor-field-name'
const lastCrewName = () => localStorage.getItem(crewNameKey) ?? ''
const keepCrewName = (name: string) => localStorage.setItem(crewNameKey, name)

export type Part = { draft: Draft; set: (change: Partial<Draft>) => void }
const useTitle = () => {
  const { i18n } = useTranslation()
  return (one: Titled) => (i18n.language === 'ro' ? one.titleRo : one.titleEn)
}

function Place({ visit }: { visit: Visit }) {
  const { t, i18n } = useTranslation()
  return (
    <Panel title={`${t(`field.actions.${visit.action}`)} · ${visit.orderNumber}`}>
      <FactList>
        <Fact label={t('field.address')}>{visit.address}</Fact>
        <Fact label={t('field.point')}>{visit.pointName}</Fact>
        <Fact label="POD">
          <span className="mono">{visit.pod}</span>
        </Fact>
        <Fact label={t('field.meter')}>
          {[visit.serial, visit.model].filter(Boolean).join(' · ') || t('field.noMeter')}
        </Fact>
        <Fact label={t('field.station')}>
          {[visit.stationName, visit.feeder].filter(Boolean).join(' · ')}
        </Fact>
        <Fact label={t('field.cause')}>
          {i18n.language === 'ro' ? visit.cause.ro : visit.cause.en}{' '}
          <span className="muted">{visit.cause.source}</span>
        </Fact>
        <Fact label={t('field.why')}>
          {t(`field.whys.${visit.why}`, { defaultValue: t('field.whys.other') })}
        </Fact>
      </FactList>
    </Panel>
  )
}

const toggled = <T,>(list: T[], item: T, on: boolean): T[] =>
  on ? [...new Set([...list, item])] : list.filter((each) => each !== item)

function Checklist({ facts, draft, set }: Part & { facts: Facts }) {
  const { t } = useTranslation()
  const title = useTitle()
  return (
    <Panel title={t('field.checklist')} note={t('field.checklistNote')}>
      <div className={css.checks}>
        {facts.checks.map((check) => (
          <Checkbox
            key={check.code}
            size="lg"
            label={title(check)}
            description={check.source}
            checked={draft.checked.includes(check.code)}
            onChange={(event) =>
              set({ checked: toggled(draft.checked, check.code, event.currentTarget.checked) })
            }
          />
        ))}
      </div>
    </Panel>
  )
}

function Work({ visit, facts, draft, set }: Part & { visit: Visit; facts: Facts }) {
  const { t, i18n } = useTranslation()
  const title = useTitle()
  const acted = draft.actedAt
    ? new Date(draft.actedAt).toLocaleTimeString(i18n.language, {
        hour: '2-digit',
        minute: '2-digit',
        timeZone: 'Europe/Bucharest',
      })
    : undefined
  const reading = (key: 'before' | 'after') => (
    <TextInput
      size="lg"
      inputMode="decimal"
      label={t(draft.exchange ? `field.exchange.${key}` : `field.${key}`)}
      description={t('field.kwh')}
      value={draft[key]}
      onChange={(event) => set({ [key]: event.currentTarget.value })}
    />
  )
  return (
    <Panel title={t('field.steps')}>
      <div className={css.fields}>
        <div className={css.checks}>
          {facts.steps
            .filter(({ action }) => action === visit.action)
            .map((step) => (
              <Checkbox
                key={step.seq}
                size="lg"
                label={title(step)}
                checked={draft.steps.includes(step.seq)}
                onChange={(event) =>
                  set({ steps: toggled(draft.steps, step.seq, event.currentTarget.checked) })
                }
              />
            ))}
        </div>
        <ExchangePart visit={visit} draft={draft} set={set} />
        {reading('before')}
        <Button size="lg" variant="default" onClick={() => set({ actedAt: new Date().toISOString() })}>
          {acted
            ? t('field.actedAt', { time: acted })
            : t(`field.act.${draft.exchange ? 'exchange' : visit.action}`)}
        </Button>
        {reading('after')}
      </div>
    </Panel>
  )
}

function Outcome({ facts, draft, set }: Part & { facts: Facts }) {
  const { t } = useTranslation()
  const title = useTitle()
  const effect = facts.results.find(({ code }) => code === draft.result)?.effect
  return (
    <Panel title={t('field.result')}>
      <div className={css.fields}>
        <fieldset className={css.results}>
          <legend className="sr-only">{t('field.result')}</legend>
          {facts.results.map((result) => (
            <label key={result.code} className={css.result}>
              <input
                type="radio"
                name="result"
                checked={draft.result === result.code}
                onChange={() => set({ result: result.code })}
              />
              <span>{title(result)}</span>
            </label>
          ))}
        </fieldset>
        {effect === 'postponed' && (
          <TextInput
            size="lg"
            type="date"
            label={t('field.nextVisit')}
            value={draft.nextVisit}
            onChange={(event) => set({ nextVisit: event.currentTarget.value })}
          />
        )}
        <Textarea
          size="lg"
          autosize
          minRows={2}
          maxLength={1000}
          label={t('field.note')}
          value={draft.note}
          onChange={(event) => set({ note: event.currentTarget.value })}
        />
      </div>
    </Panel>
  )
}

function Signatures({ draft, set }: Part) {
  const { t } = useTranslation()
  const [absent, setAbsent] = useState(draft.absent !== '')
  useEffect(() => setAbsent((was) => was || draft.absent !== ''), [draft.absent])
  return (
    <Panel title={t('field.signatures')}>
      <div className={css.fields}>
        <TextInput
          size="lg"
          label={t('field.crewName')}
          maxLength={100}
          value={draft.crewName}
          onChange={(event) => set({ crewName: event.currentTarget.value })}
        />
        <SignaturePad
          label={t('field.crewSignature')}
          value={draft.crewStrokes}
          onChange={(crewStrokes) => set({ crewStrokes })}
        />
        <Checkbox
          size="lg"
          label={t('field.noCustomer')}
          checked={absent}
          onChange={(event) => {
            setAbsent(event.currentTarget.checked)
            set(event.currentTarget.checked ? { customerStrokes: [], customerName: '' } : { absent: '' })
          }}
        />
        {absent ? (
          <TextInput
            size="lg"
            label={t('field.absent')}
            maxLength={300}
            value={draft.absent}
            onChange={(event) => set({ absent: event.currentTarget.value })}
          />
        ) : (
          <>
            <TextInput
              size="lg"
              label={t('field.customerName')}
              maxLength={100}
              value={draft.customerName}
              onChange={(event) => set({ customerName: event.currentTarget.value })}
            />
            <SignaturePad
              label={t('field.customerSignature')}
              value={draft.customerStrokes}
              onChange={(customerStrokes) => set({ customerStrokes })}
            />
          </>
        )}
      </div>
    </Panel>
  )
}
