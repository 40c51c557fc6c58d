import type { Tone } from './Status.tsx'

const tones: Record<string, Tone> = {
  'not-read-yet': 'busy',
  unreachable: 'bad',
  refused: 'bad',
  'bad-answer': 'warn',
  'not-in-meter': 'warn',
  'meter-removed': 'warn',
  'no-smart-meter': 'idle',
}
/** Why intervals are missing → how much it asks of a person. */
export const causeTone = (cause: string): Tone => tones[cause] ?? 'warn'

const outcomes: Record<string, Tone> = { ok: 'ok', partial: 'warn', failed: 'bad', abandoned: 'warn' }
export const outcomeTone = (outcome: string | null): Tone =>
  outcome === null ? 'busy' : (outcomes[outcome] ?? 'warn')

const meterStates: Record<string, Tone> = {
  commissioned: 'ok',
  installed: 'busy',
  refused: 'bad',
  retired: 'idle',
}
export const meterTone = (state: string | null | undefined): Tone =>
  state ? (meterStates[state] ?? 'warn') : 'idle'
