import type { Tone } from '../../ui/Status.tsx'
import type { RuleVersion, Severity } from './types.ts'

export const severityTone: Record<Severity, Tone> = { error: 'bad', warning: 'warn', info: 'idle' }
export const stateTone: Record<RuleVersion['state'], Tone> = { live: 'ok', draft: 'busy', retired: 'idle' }
