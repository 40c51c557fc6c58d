import type { Tone } from '../../ui/Status.tsx'
import type { ImportState } from './types.ts'

export const importTone: Record<ImportState, Tone> = {
  received: 'idle',
  running: 'busy',
  done: 'ok',
  failed: 'bad',
  cancelled: 'idle',
}
