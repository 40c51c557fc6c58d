// Records as a phone makes them, for tests.

import { createHash, randomUUID } from 'node:crypto'

/** The smallest PNG: one pixel. */
export const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
export const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex')

const checks = [
  'authorised',
  'place',
  'risks',
  'equipment',
  'tools',
  'zone',
  'dead',
  'reclosing',
  'left-safe',
]

/** A whole record of work that was done, at `now`. */
export function wholeRecord(now: number, change: Record<string, unknown> = {}) {
  const instant = (minutes: number) => new Date(now + minutes * 60_000).toISOString()
  return {
    id: randomUUID() as string,
    result: 'done',
    startedAt: instant(-30),
    finishedAt: instant(-1),
    actedAt: instant(-10),
    note: 'Lucrare fără incidente; țeava și șina în regulă',
    checklist: checks.map((code) => ({ code, confirmed: true })),
    steps: [1, 2, 3],
    readings: [
      { when: 'before', register: '1.8.0', energyWh: 12_345_678 },
      { when: 'after', register: '1.8.0', energyWh: 12_345_679 },
    ],
    seals: [
      { action: 'removed', number: 'RO 0012345', place: 'terminal-cover' },
      { action: 'applied', number: 'RO 0099999', place: 'terminal-cover' },
    ],
    photos: [] as { id: string; sha256: string; takenAt: string; caption: string }[],
    signatures: {
      crew: {
        name: 'Cornel Radu',
        strokes: [
          [
            [10, 10],
            [500, 900],
            [990, 20],
          ],
        ],
      },
      customer: { absent: 'nimeni acasă, vecinul a fost de față' } as Record<string, unknown>,
    },
    ...change,
  }
}
