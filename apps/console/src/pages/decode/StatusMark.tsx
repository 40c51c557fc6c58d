import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import css from './DecodePage.module.css'

/** A shape and a word beside the colour. */
export function StatusMark({ ok }: { ok: boolean }) {
  const { t } = useTranslation()
  const Icon = ok ? IconCircleCheck : IconAlertTriangle
  return (
    <span className={ok ? css.ok : css.bad}>
      <Icon size={18} aria-hidden /> {t(ok ? 'decode.whole' : 'decode.part')}
    </span>
  )
}
