import { Kbd, Modal } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import css from './HelpOverlay.module.css'
import type { Place } from './search.ts'

export function HelpOverlay(props: { opened: boolean; onClose: () => void; places: Place[] }) {
  const { t } = useTranslation()
  const keys: [string[], string][] = [
    [['/'], t('help.search')],
    ...props.places.map((place): [string[], string] => [
      ['g', place.key],
      t('help.go', { place: t(place.word) }),
    ]),
    [['Esc'], t('help.close')],
    [['+', '−'], t('help.zoom')],
    [['←', '→'], t('help.pan')],
    [['0'], t('help.zoomAll')],
    [['?'], t('help.help')],
  ]
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title={t('help.title')}
      centered
      closeButtonProps={{ 'aria-label': t('state.close') }}
    >
      <dl className={css.keys}>
        {keys.map(([keyNames, meaning]) => (
          <div key={meaning}>
            <dt>
              {keyNames.map((name) => (
                <Kbd key={name}>{name}</Kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <h3 className={css.words}>{t('help.words')}</h3>
      <p className="muted">{t('help.wordsText')}</p>
    </Modal>
  )
}
