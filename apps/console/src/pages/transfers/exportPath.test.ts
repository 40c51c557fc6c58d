import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ExportChoice, exportPath } from './exportPath.ts'

const choice: ExportChoice = {
  set: 'all',
  of: 'left over',
  from: '2026-11-01',
  to: '2026-11-02',
  channels: ['A+', 'R-'],
  resolution: '15m',
  format: 'csv',
  layout: 'wide',
  unit: 'kWh',
  locale: 'ro',
}
const asked = (part: Partial<ExportChoice>) => {
  const url = new URL(exportPath({ ...choice, ...part }), 'http://localhost')
  return { path: url.pathname, ...Object.fromEntries(url.searchParams) }
}

test('the address says only what the chosen form knows', () => {
  assert.deepEqual(asked({}), {
    path: '/api/readings.csv',
    from: '2026-11-01',
    to: '2026-11-02',
    channel: 'A+,R-',
    resolution: '15m',
    layout: 'wide',
    unit: 'kWh',
    locale: 'ro',
  })
  const hourly = asked({ resolution: '1h', format: 'cim.xml' })
  assert.equal(hourly.path, '/api/readings.cim.xml')
  for (const key of ['layout', 'unit', 'locale', 'supplier', 'station', 'pods']) assert.ok(!(key in hourly))
})

test('the set of points: a supplier, a station, codes one under the other', () => {
  const set = (part: Partial<ExportChoice>) => {
    const { supplier, station, pods } = asked(part) as Record<string, string | undefined>
    return [supplier, station, pods]
  }
  assert.deepEqual(set({ set: 'supplier', of: 'Energie & Co' }), ['Energie & Co', undefined, undefined])
  assert.deepEqual(set({ set: 'station', of: '7' }), [undefined, '7', undefined])
  assert.deepEqual(set({ set: 'pods', of: ' RO1\nRO2, RO3;;RO4 ' }), [
    undefined,
    undefined,
    'RO1,RO2,RO3,RO4',
  ])
})
