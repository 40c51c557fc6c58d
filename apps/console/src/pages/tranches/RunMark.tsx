import { useTranslation } from 'react-i18next'
import { Status, type Tone } from '../../ui/Status.tsx'
import type { RunState } from './types.ts'

const tones: Record<RunState, Tone> = {
  proposed: 'warn',
  announced: 'busy',
  warned: 'warn',
  applied: 'bad',
  lifted: 'ok',
  cancelled: 'idle',
}

/** How far a run is; one that is applied keeps people at less than their permit. */
export function RunMark({ state }: { state: RunState }) {
  const { t } = useTranslation()
  return <Status tone={tones[state]}>{t(`tranches.runStates.${state}`)}</Status>
}
