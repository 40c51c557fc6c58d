import {
  IconAlertTriangleFilled,
  IconCircleCheckFilled,
  IconCircleDashed,
  IconOctagonFilled,
  IconPlayerPlayFilled,
} from '@tabler/icons-react'
import type { ReactNode } from 'react'
import css from './Status.module.css'

export type Tone = 'ok' | 'warn' | 'bad' | 'idle' | 'busy'
const shapes = {
  ok: IconCircleCheckFilled,
  warn: IconAlertTriangleFilled,
  bad: IconOctagonFilled,
  idle: IconCircleDashed,
  busy: IconPlayerPlayFilled,
}

/** A state is always a shape and a word; its colour only helps the eye to find it. */
export function Status({ tone, children, plain }: { tone: Tone; children: ReactNode; plain?: boolean }) {
  const Shape = shapes[tone]
  return (
    <span className={`${css.status} ${css[tone]} ${plain ? css.plain : ''}`}>
      <Shape size={13} aria-hidden className={css.shape} />
      <span>{children}</span>
    </span>
  )
}

/** Share of intervals that arrived → tone: under 99 % somebody should look, under 90 % somebody must. */
export function rateTone(rate: number | null | undefined): Tone {
  if (rate === null || rate === undefined) return 'idle'
  return rate >= 0.99 ? 'ok' : rate >= 0.9 ? 'warn' : 'bad'
}
