import { Button, Checkbox, Drawer, Group, Loader } from '@mantine/core'
import { IconBolt } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../api/client.ts'
import { pointQuery, readQuery } from '../api/queries.ts'
import { useEventStream } from '../api/stream.ts'
import type { ReadItem, ReadStep } from '../api/types.ts'
import { ErrorView } from '../ui/StateViews.tsx'
import { Status } from '../ui/Status.tsx'
import { Exchange } from './Exchange.tsx'
import css from './Reads.module.css'
import { ReadValues, valuesOf } from './ReadValues.tsx'

const items: ReadItem[] = ['registers', 'instantaneous', 'clock', 'profile']
type State = 'idle' | 'running' | 'done' | 'failed'

/** Reads a meter while somebody watches: every frame as it passes, every value as it arrives. */
export function ReadDrawer({ pointId, onClose }: { pointId: string; onClose: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const point = useQuery(pointQuery(pointId))
  const [chosen, setChosen] = useState<ReadItem[]>(['registers', 'instantaneous', 'clock'])
  const [readId, setReadId] = useState<string | null>(null)
  const [steps, setSteps] = useState<ReadStep[]>([])
  const [state, setState] = useState<State>('idle')
  const [refused, setRefused] = useState<unknown>()

  const running = state === 'running'
  const request = useQuery(readQuery(readId, running))
  useEventStream(readId && running ? `/reads/${readId}/stream` : null, {
    // A stream that ends is opened again by the browser and begins anew: a step is known by its content.
    step: (data) => setSteps((old) => merge(old, [data as ReadStep])),
  })
  const answer = request.data
  useEffect(() => {
    if (!answer || answer.id !== readId) return
    setSteps((old) => merge(old, answer.steps))
    if (answer.state !== 'done' && answer.state !== 'failed') return
    setState(answer.state)
    void client.invalidateQueries({ queryKey: ['points', pointId] })
  }, [answer, readId, client, pointId])
  const start = async () => {
    setSteps([])
    setReadId(null)
    setRefused(undefined)
    setState('running')
    try {
      const { id } = await api<{ id: string }>(`/metering-points/${pointId}/reads`, {
        method: 'POST',
        body: { items: chosen },
      })
      setReadId(String(id))
    } catch (error) {
      setRefused(error)
      setState('failed')
    }
  }
  const failed = state === 'failed'
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="min(820px, 100vw)"
      title={t('read.of', { name: point.data?.name ?? '' })}
      closeButtonProps={{ 'aria-label': t('state.close') }}
      overlayProps={{ backgroundOpacity: 0.18 }}
    >
      <div className={css.form}>
        <Checkbox.Group
          label={t('read.what')}
          value={chosen}
          onChange={(value) => setChosen(value as ReadItem[])}
        >
          <Group gap="md" mt={6}>
            {items.map((item) => (
              <Checkbox
                key={item}
                value={item}
                label={t(`read.items.${item}`)}
                disabled={running}
                size="sm"
              />
            ))}
          </Group>
        </Checkbox.Group>
        <Button
          onClick={() => void start()}
          disabled={running || chosen.length === 0}
          leftSection={running ? <Loader size={15} /> : <IconBolt size={16} aria-hidden />}
        >
          {t(running ? 'read.running' : state === 'idle' ? 'read.start' : 'read.again')}
        </Button>
      </div>
      {state === 'idle' && <p className="muted">{t('read.explain')}</p>}
      {refused !== undefined && <ErrorView error={refused} onRetry={() => void start()} />}
      {state !== 'idle' && refused === undefined && (
        <>
          <p className={css.state} aria-live="polite">
            {running && (
              <Status tone="busy">{t('read.runningNote', { count: steps.length, n: steps.length })}</Status>
            )}
            {!running && failed && <Status tone="bad">{t('read.failed')}</Status>}
            {!running && !failed && <Status tone="ok">{t('read.done')}</Status>}
          </p>
          <ReadValues values={steps.flatMap(valuesOf)} waiting={running} />
          <Exchange steps={steps} />
        </>
      )}
    </Drawer>
  )
}

function merge(old: ReadStep[], more: ReadStep[]): ReadStep[] {
  const fresh = more.filter((step) => !old.some((each) => sameStep(each, step)))
  return fresh.length === 0 ? old : [...old, ...fresh]
}

const sameStep = (a: ReadStep, b: ReadStep) =>
  a.at === b.at && a.kind === b.kind && a.label === b.label && a.hex === b.hex
