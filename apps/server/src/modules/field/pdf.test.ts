// The proces-verbal is read back from its bytes: text through the fonts' own tables of characters.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { inflateSync } from 'node:zlib'
import { drawRecord, showKwh } from './pdf.ts'
import { pixel, sha256, wholeRecord } from './testing/records.ts'
import type { StoredRecord, Visit } from './visits.ts'

/** All that a reader would copy out of a PDF of this house. */
function textOf(pdf: Buffer): string {
  const raw = pdf.toString('latin1')
  const objects = new Map<string, { head: string; body: string }>()
  for (const match of raw.matchAll(/(?:^|\n)(\d+) 0 obj\n([\s\S]*?)endobj/g)) {
    const [, id = '', all = ''] = match
    const start = all.indexOf('stream\n')
    const head = start < 0 ? all : all.slice(0, start)
    const end = all.lastIndexOf('\nendstream')
    const data = start < 0 ? '' : all.slice(start + 7, end)
    const body =
      head.includes('/FlateDecode') && !head.includes('/Image')
        ? inflateSync(Buffer.from(data, 'latin1')).toString('latin1')
        : data
    objects.set(id, { head, body })
  }
  // Glyphs of each font → characters, from its ToUnicode table.
  const fonts = new Map<string, Map<number, string>>()
  for (const [id, { head }] of objects) {
    const table = /\/ToUnicode (\d+) 0 R/.exec(head)?.[1]
    if (table) fonts.set(id, glyphsOf(objects.get(table)?.body ?? ''))
  }
  const names = new Map<string, Map<number, string>>()
  for (const { head } of objects.values())
    for (const [, name = '', id = ''] of head.matchAll(/\/(F\d+) (\d+) 0 R/g)) {
      const font = fonts.get(id)
      if (font) names.set(name, font)
    }
  let text = ''
  for (const { body } of objects.values()) {
    if (!body.includes(' TJ')) continue
    let font = new Map<number, string>()
    for (const [, name, shown] of body.matchAll(/\/(F\d+) [\d.]+ Tf|\[([^\]]*)\] TJ/g)) {
      if (name !== undefined) font = names.get(name) ?? font
      for (const [, hex = ''] of (shown ?? '').matchAll(/<([0-9a-f]+)>/g))
        for (let at = 0; at < hex.length; at += 4)
          text += font.get(Number.parseInt(hex.slice(at, at + 4), 16)) ?? '?'
      if (shown !== undefined) text += '\n'
    }
  }
  return text
}

function glyphsOf(table: string): Map<number, string> {
  const glyphs = new Map<number, string>()
  for (const [, from = '', list = ''] of table.matchAll(/<([0-9a-f]+)> <[0-9a-f]+> \[([^\]]*)\]/g))
    [...list.matchAll(/<([0-9a-f ]+)>/g)].forEach(([, hex = ''], index) => {
      const units = (hex.replaceAll(' ', '').match(/.{4}/g) ?? []).map((unit) => Number.parseInt(unit, 16))
      glyphs.set(Number.parseInt(from, 16) + index, String.fromCharCode(...units))
    })
  return glyphs
}

const visit = {
  id: randomUUID(),
  task: 'order',
  orderNumber: 'OL-2026-000007',
  orderType: 'DECO_R',
  causeRo: 'Factură de energie neplătită (casnic)',
  causeSource: 'MO 129/1999, contract casnic, art. 8',
  pod: 'RO005E5124100760',
  pointName: 'Ștefan Țuțuianu',
  address: 'Str. Mărășești 4, Vălenii de Munte',
  stationName: 'PT Gâșteni',
  feeder: 'F1',
  serial: 'CTR0001',
  model: 'AS220',
} as unknown as Visit
const facts = {
  checks: [
    {
      code: 'authorised',
      required: true,
      titleRo: 'Membrii echipei sunt autorizați',
      titleEn: '',
      source: 'IPSSM 01',
    },
    { code: 'extra', required: false, titleRo: 'Neconfirmat', titleEn: '', source: 'x' },
  ],
  steps: [],
  results: [
    {
      code: 'done',
      effect: 'done' as const,
      needsChecklist: true,
      needsReadings: true,
      needsPhoto: false,
      needsNote: false,
      titleRo: 'Executat',
      titleEn: '',
      source: '',
    },
  ],
}
const photo = {
  id: randomUUID(),
  mediaType: 'image/png' as const,
  content: pixel,
  sha256: Buffer.from(sha256(pixel), 'hex'),
}

function input(change: Record<string, unknown> = {}, more: Partial<StoredRecord> = {}) {
  const content = JSON.stringify(wholeRecord(Date.parse('2026-07-01T09:00:00Z'), change))
  const stored: StoredRecord = {
    id: randomUUID(),
    number: 'PV-2026-000042',
    content,
    sha256: Buffer.from(sha256(content), 'hex'),
    recordedBy: 'user:c',
    receivedAt: new Date('2026-07-01T12:00:00Z'),
    effect: 'executed',
    answer: {},
    reconnect: 'none',
    ...more,
  }
  return { visit, stored, facts, photos: [photo], names: { 'user:c': 'Cornel Radu' } }
}

test('who, where, when, why, what was read, sealed, confirmed and signed, with Romanian letters', async () => {
  const asked = input({
    photos: [
      { id: photo.id, sha256: sha256(pixel), takenAt: '2026-07-01T08:40:00Z', caption: 'indexul înainte' },
    ],
  })
  const pdf = await drawRecord(asked)
  assert.equal(pdf.subarray(0, 5).toString(), '%PDF-')
  const text = textOf(pdf)
  for (const part of [
    'Proces-verbal nr. PV-2026-000042',
    'OL-2026-000007 (DECO_R)',
    'Factură de energie neplătită (casnic)',
    'MO 129/1999, contract casnic, art. 8',
    'Ștefan Țuțuianu, Str. Mărășești 4, Vălenii de Munte',
    'RO005E5124100760',
    'PT Gâșteni, F1',
    '01.07.2026, 11:50',
    'Executat',
    'țeava și șina în regulă',
    '☑ Membrii echipei sunt autorizați [IPSSM 01]',
    '☐ Neconfirmat',
    '12.345,678 kWh',
    '12.345,679 kWh',
    'RO 0099999 (capac borne)',
    'Clientul nu a semnat: nimeni acasă, vecinul a fost de față',
    'indexul înainte',
    sha256(pixel),
    sha256(asked.stored.content),
    'pagina 1 din 2',
  ])
    assert.ok(text.includes(part) || text.replaceAll(/\s+/g, ' ').includes(part), `missing: ${part}\n${text}`)
  assert.ok(!text.includes('?'), 'every glyph has its character')
  assert.deepEqual(await drawRecord(asked), pdf)
})

test('an order that was taken back meanwhile is said on paper; a broken photo does not stop the record', async () => {
  const broken = { ...photo, content: Buffer.concat([pixel.subarray(0, 40), Buffer.from('gone')]) }
  const asked = input(
    {
      photos: [{ id: photo.id, sha256: sha256(pixel), takenAt: '2026-07-01T08:40:00Z', caption: '' }],
      signatures: {
        crew: { name: 'Cornel Radu', strokes: [[[0, 0]]] },
        customer: {
          name: 'Ștefan Țuțuianu',
          strokes: [
            [
              [1, 1],
              [999, 999],
            ],
          ],
        },
      },
    },
    {
      effect: 'conflict',
      answer: { event: 'cancel', at: '2026-07-01T07:14:00Z', dark: true, reconnectOrder: 'OL-2026-000008' },
    },
  )
  const text = textOf(await drawRecord({ ...asked, photos: [broken] })).replaceAll(/\s+/g, ' ')
  assert.match(text, /ATENȚIE: ordinul a fost anulat la 01.07.2026, 10:14/)
  assert.match(text, /redată: ordinul OL-2026-000008/)
  assert.match(text, /Pentru client: Ștefan Țuțuianu/)
})

test('energy on paper has three decimals and no float', () => {
  assert.deepEqual([0, 7, 999, 1_000, 1_234_567_890].map(showKwh), [
    '0,000 kWh',
    '0,007 kWh',
    '0,999 kWh',
    '1,000 kWh',
    '1.234.567,890 kWh',
  ])
})
