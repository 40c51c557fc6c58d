import { Button, Drawer } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { explainQuery } from '../api/queries.ts'
import type { ExplainedRun, ExplainStep, Explanation } from '../api/types.ts'
import { type ExplainAsked, parseExplain } from '../app/search.ts'
import { useFormat } from '../format/format.ts'
import { civilDay } from '../format/zone.ts'
import { QualityWord } from '../ui/QualityLegend.tsx'
import { EmptyView, Waiting } from '../ui/StateViews.tsx'
import { DayVersions } from './DayVersions.tsx'
import css from './Explain.module.css'

/** From a number back to what made it: frames, rules, persons, bills. */
export function ExplainDrawer({ reference, onClose }: { reference: string; onClose: () => void }) {
  const { t } = useTranslation()
  const asked = parseExplain(reference)
  const explanation = useQuery({ ...explainQuery(asked ?? nothing), enabled: asked !== undefined })
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="min(720px, 100vw)"
      title={t('explain.title')}
      closeButtonProps={{ 'aria-label': t('state.close') }}
      overlayProps={{ backgroundOpacity: 0.18 }}
    >
      {asked ? (
        <Waiting for={explanation} rows={8} height={300}>
          {explanation.data && <View explanation={explanation.data} />}
          <Versions asked={asked} />
        </Waiting>
      ) : (
        <EmptyView title={t('explain.none')} what={t('explain.noneWhat')} />
      )}
    </Drawer>
  )
}

const nothing = { pointId: '0', channel: 'A+', from: 0, to: 0 }

/** A span inside one civil day: the whole history of that day. */
function Versions({ asked }: { asked: ExplainAsked }) {
  const day = civilDay(asked.from)
  if (civilDay(asked.to - 1) !== day) return null
  const unit = asked.channel.startsWith('A') ? 'Wh' : 'varh'
  return <DayVersions pointId={asked.pointId} day={day} channel={asked.channel} unit={unit} />
}

function View({ explanation }: { explanation: Explanation }) {
  const { t } = useTranslation()
  const f = useFormat()
  const { counts, unit } = explanation
  return (
    <>
      <p className={css.sum}>
        <strong>{f.energy(explanation.sum, unit, 3)}</strong>
        <span className="muted">
          {t(`channels.${explanation.channel}`)} · {f.dateTime(explanation.from)} –{' '}
          {f.dateTime(explanation.to)}
        </span>
      </p>
      <p className="muted">{t('explain.counts', counts)}</p>
      <ol className={css.runs}>
        {explanation.runs.map((run) => (
          <Run key={run.from} run={run} unit={unit} />
        ))}
      </ol>
      <Bills explanation={explanation} />
      {explanation.exceptions.length > 0 && (
        <section>
          <h3>{t('columns.exceptions')}</h3>
          <ul className={css.list}>
            {explanation.exceptions.map((one) => (
              <li key={one.id}>
                {f.weekday(one.day)}: {t(`rules.${one.rule}`, one.rule)}{' '}
                <span className="muted">
                  v{one.ruleVersion}, {t(`exceptionStates.${one.status}`, one.status)}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  )
}

function Run({ run, unit }: { run: ExplainedRun; unit: string }) {
  const { t } = useTranslation()
  const f = useFormat()
  return (
    <li className={css.run}>
      <p className={css.runHead}>
        <span>
          {f.dateTime(run.from)} – {f.time(run.to)}
        </span>
        <strong>{run.quality === 'missing' ? '–' : f.energy(run.sum, unit, 3)}</strong>
        <QualityWord quality={run.quality} />
      </p>
      {run.flags.length > 0 && (
        <p className="muted">{run.flags.map((flag) => t(`flags.${flag}`, flag)).join(', ')}</p>
      )}
      <OriginLine run={run} unit={unit} />
      {run.history.map((step) => (
        <Step key={`${step.at}${step.version}`} step={step} unit={unit} />
      ))}
    </li>
  )
}

function OriginLine({ run, unit }: { run: ExplainedRun; unit: string }) {
  const { t } = useTranslation()
  const f = useFormat()
  const { origin } = run
  const file = (name: string, line: number) => t('explain.file', { file: name, line: f.number(line) })
  if (origin.kind === 'missing') return <p>{t('explain.missing')}</p>
  if (origin.kind === 'made') {
    const { measured } = origin
    if (!measured) return null
    const said = t(run.slots > 1 ? 'explain.insteadOfMany' : 'explain.insteadOf', {
      value: f.energy(measured.value, unit, 3),
    })
    return measured.file !== null && measured.line !== null ? (
      <p>{`${said}. ${file(measured.file, measured.line)}`}</p>
    ) : (
      <p>
        {said} <ShowFrame trace={measured.trace} />
      </p>
    )
  }
  const known = t('explain.known', { at: f.dateTime(origin.knownAt) })
  if (origin.kind === 'load') return <p>{`${t('explain.load')}, ${known}`}</p>
  if (origin.kind === 'file') return <p>{`${file(origin.file, origin.line)}, ${known}`}</p>
  return (
    <p>
      {t('explain.frame')}, {known} <ShowFrame trace={origin.trace} />
    </p>
  )
}

function ShowFrame({ trace }: { trace: string }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  return (
    <Button
      size="compact-xs"
      variant="default"
      onClick={() =>
        void navigate({
          to: '.',
          search: (old) => ({ ...old, explain: undefined, trace }),
          resetScroll: false,
        })
      }
    >
      {t('explain.showFrame')}
    </Button>
  )
}

function Step({ step, unit }: { step: ExplainStep; unit: string }) {
  const { t } = useTranslation()
  const f = useFormat()
  const value = (wh: number | null) => (wh === null ? '–' : f.energy(wh, unit, 3))
  const who = step.approvedBy ? t('explain.two', { a: step.actor, b: step.approvedBy }) : step.actor
  return (
    <p className={css.step}>
      <strong>{t(`explain.kinds.${step.kind}`, step.kind)}</strong> {value(step.before)} → {value(step.after)}
      <br />
      <span className="muted">
        {f.dateTime(step.at)} · {who} · {step.rule} v{step.ruleVersion} · {step.reason}
        {step.billed ? ` · ${t('explain.billed')}` : ''}
      </span>
    </p>
  )
}

function Bills({ explanation }: { explanation: Explanation }) {
  const { t } = useTranslation()
  const f = useFormat()
  const { bills, differences, unit } = explanation
  if (bills.length === 0) return null
  return (
    <section>
      <h3>{t('explain.bills')}</h3>
      <ul className={css.list}>
        {bills.map((bill) => (
          <li key={bill.billRef}>
            <strong>{bill.billRef}</strong> {f.date(bill.from)} – {f.date(bill.to)}:{' '}
            {f.energy(bill.sum, unit, 3)}{' '}
            <span className="muted">{t('explain.fixed', { at: f.dateTime(bill.finalisedAt) })}</span>
          </li>
        ))}
        {differences.map((one) => (
          <li key={`${one.day}${one.at}`}>
            {t('explain.difference', {
              day: f.weekday(one.day),
              before: f.energy(one.beforeWh, unit, 3),
              after: f.energy(one.afterWh, unit, 3),
            })}
          </li>
        ))}
      </ul>
    </section>
  )
}
