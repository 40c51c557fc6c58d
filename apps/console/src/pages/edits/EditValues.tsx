import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../../format/format.ts'
import { Waiting } from '../../ui/StateViews.tsx'
import css from './edits.module.css'
import { PreviewView } from './PreviewView.tsx'
import { editEffectQuery, editQuery } from './queries.ts'

/** What a waiting edit would do, on the days as they stand. */
export function EditEffect({ id }: { id: string }) {
  const effect = useQuery(editEffectQuery(id))
  return (
    <Waiting for={effect} rows={3}>
      {effect.data && <PreviewView preview={effect.data} />}
    </Waiting>
  )
}

/** What an edit changes, day by day: the second person sees what the first one saw. */
export function EditValues({ id }: { id: string }) {
  const { t } = useTranslation()
  const f = useFormat()
  const edit = useQuery(editQuery(id))
  const unit = edit.data?.channel.startsWith('A') === false ? 'varh' : 'Wh'
  return (
    <Waiting for={edit} rows={2}>
      <section className={css.values} aria-label={t('edits.values')} tabIndex={-1}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('editsPage.day')}</th>
              <th scope="col">{t('editsPage.slots')}</th>
              <th scope="col">{t('editsPage.before')}</th>
              <th scope="col">{t('editsPage.after')}</th>
              <th scope="col">{t('editsPage.difference')}</th>
            </tr>
          </thead>
          <tbody>
            {(edit.data?.items ?? []).map(({ day, changes }) => {
              const total = (of: 'before' | 'after') =>
                changes.reduce((all, run) => all + run[of].reduce((sum, [value]) => sum + value, 0), 0)
              return (
                <tr key={day}>
                  <th scope="row">{f.weekday(day)}</th>
                  <td>{f.number(changes.reduce((all, run) => all + run.after.length, 0))}</td>
                  <td>{f.energy(total('before'), unit, 3)}</td>
                  <td>{f.energy(total('after'), unit, 3)}</td>
                  <td>{f.energy(total('after') - total('before'), unit, 3)}</td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </section>
    </Waiting>
  )
}
