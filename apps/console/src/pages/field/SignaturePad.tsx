import { Button } from '@mantine/core'
import { type PointerEvent, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import css from './field.module.css'
import type { Strokes } from './types.ts'

/** Lines of a finger in thousandths of the field; a point that moved less than this is the same point. */
const leastMove = 4

export function SignaturePad(props: { label: string; value: Strokes; onChange: (strokes: Strokes) => void }) {
  const { t } = useTranslation()
  const canvas = useRef<HTMLCanvasElement>(null)
  const drawing = useRef<[number, number][] | undefined>(undefined)
  const { value } = props

  const draw = (strokes: Strokes) => {
    const context = canvas.current?.getContext('2d')
    if (!canvas.current || !context) return
    const { width, height } = canvas.current
    context.clearRect(0, 0, width, height)
    context.lineWidth = 3
    context.lineCap = 'round'
    context.strokeStyle = getComputedStyle(canvas.current).color
    for (const stroke of strokes) {
      context.beginPath()
      for (const [x, y] of [stroke[0], ...stroke]) context.lineTo((x / 1000) * width, (y / 1000) * height)
      context.stroke()
    }
  }
  useEffect(() => draw(value))

  const place = (event: PointerEvent): [number, number] => {
    const box = canvas.current?.getBoundingClientRect()
    const thousandth = (at: number, from = 0, size = 1) =>
      Math.min(1000, Math.max(0, Math.round(((at - from) / size) * 1000)))
    return [
      thousandth(event.clientX, box?.left, box?.width),
      thousandth(event.clientY, box?.top, box?.height),
    ]
  }
  const move = (event: PointerEvent) => {
    const stroke = drawing.current
    const last = stroke?.at(-1)
    if (!stroke || !last || stroke.length >= 1_000) return
    const [x, y] = place(event)
    if (Math.abs(x - last[0]) + Math.abs(y - last[1]) < leastMove) return
    stroke.push([x, y])
    draw([...value, stroke])
  }
  const end = () => {
    if (drawing.current) props.onChange([...value, drawing.current])
    drawing.current = undefined
  }
  return (
    <div className={css.signature}>
      <canvas
        ref={canvas}
        width={680}
        height={272}
        role="img"
        aria-label={`${props.label}: ${t(value.length > 0 ? 'field.signed' : 'field.notSigned')}`}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId)
          drawing.current = [place(event)]
        }}
        onPointerMove={move}
        onPointerUp={end}
        onPointerCancel={end}
      />
      <Button size="md" variant="default" onClick={() => props.onChange([])} disabled={value.length === 0}>
        {t('field.signAgain')}
      </Button>
    </div>
  )
}
