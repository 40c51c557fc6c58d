import type { ReactNode } from 'react'
import css from './Panel.module.css'

export function Panel(props: {
  title?: ReactNode
  note?: ReactNode
  tools?: ReactNode
  children: ReactNode
  flush?: boolean
  className?: string
}) {
  return (
    <section className={`${css.panel} ${props.className ?? ''}`}>
      {(props.title || props.tools) && (
        <header className={css.head}>
          <div>
            <h2>{props.title}</h2>
            {props.note && <p className="muted small">{props.note}</p>}
          </div>
          {props.tools && <div className={`${css.tools} no-print`}>{props.tools}</div>}
        </header>
      )}
      <div className={props.flush ? css.flush : css.body}>{props.children}</div>
    </section>
  )
}

export function PageHead(props: { title: ReactNode; under?: ReactNode; tools?: ReactNode }) {
  return (
    <header className={css.page}>
      <div className={css.pageText}>
        <h1>{props.title}</h1>
        {props.under && <div className={css.under}>{props.under}</div>}
      </div>
      {props.tools && <div className={`${css.tools} no-print`}>{props.tools}</div>}
    </header>
  )
}

/** A few numbers that answer the question of the page, one of them larger than the rest. */
export function Figures({ children }: { children: ReactNode }) {
  return <dl className={css.figures}>{children}</dl>
}

export function Figure(props: { label: string; value: ReactNode; note?: ReactNode; lead?: boolean }) {
  return (
    <div className={`${css.figure} ${props.lead ? css.lead : ''}`}>
      <dt>{props.label}</dt>
      <dd className={css.value}>{props.value}</dd>
      {props.note && <dd className={css.note}>{props.note}</dd>}
    </div>
  )
}

/** Label and value pairs, one a line. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className={css.facts}>{children}</dl>
}

export function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  )
}
