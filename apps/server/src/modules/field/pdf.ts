// The record of a visit (proces-verbal) on paper, made from what the crew sent and nothing else: who, where, when, by
// which order and cause, what was read, sealed, confirmed and signed (Gazette 129/1999, small consumers, art. 11 and 24).

import { createRequire } from 'node:module'
import PDFDocument from 'pdfkit'
import type { FieldFacts } from './facts.ts'
import type { Photo } from './photos.ts'
import type { FieldRecord } from './record.ts'
import type { StoredRecord, Visit } from './visits.ts'

const require = createRequire(import.meta.url)
// The standard fonts of PDF have no ș and no ț.
const regular = require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf')
const bold = require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf')
const margin = 48

export interface PdfInput {
  readonly visit: Visit
  readonly stored: StoredRecord
  readonly facts: FieldFacts
  readonly photos: readonly Photo[]
  /** Names of persons by subject. */
  readonly names: Readonly<Record<string, string>>
}

/** @returns the document; the same record always gives the same bytes */
export async function drawRecord(input: PdfInput): Promise<Buffer> {
  const { stored, visit } = input
  const record = JSON.parse(stored.content) as FieldRecord
  const doc = new PDFDocument({
    size: 'A4',
    margin,
    bufferPages: true,
    lang: 'ro',
    info: {
      Title: `Proces-verbal ${stored.number}`,
      Subject: `${visit.task === 'order' ? 'Ordin' : 'Înlocuire'} ${visit.orderNumber}, POD ${visit.pod}`,
      Author: 'Contor',
      CreationDate: stored.receivedAt,
      ModDate: stored.receivedAt,
    },
  })
  const chunks: Buffer[] = []
  doc.on('data', (chunk: Buffer) => chunks.push(chunk))
  const ended = new Promise<void>((resolve, reject) => doc.once('end', resolve).once('error', reject))
  doc.registerFont('regular', regular)
  doc.registerFont('bold', bold)
  doc.font('bold').fontSize(15).text(`Proces-verbal nr. ${stored.number}`)
  doc.font('regular').fontSize(9).moveDown(0.4)
  drawCase(doc, input, record)
  drawChecklist(doc, input.facts, record)
  drawMeasured(doc, record)
  drawSignatures(doc, record)
  drawPhotos(doc, input, record)
  drawFoot(doc, stored)
  doc.end()
  await ended
  return Buffer.concat(chunks)
}

type Doc = InstanceType<typeof PDFDocument>

const clock = new Intl.DateTimeFormat('ro-RO', {
  dateStyle: 'short',
  timeStyle: 'short',
  timeZone: 'Europe/Bucharest',
})
const at = (instant: string | Date): string => clock.format(new Date(instant))

function title(doc: Doc, text: string): void {
  if (doc.y > doc.page.height - 120) doc.addPage()
  doc.moveDown(0.7).font('bold').fontSize(11).text(text, margin).font('regular').fontSize(9).moveDown(0.2)
}
function row(doc: Doc, label: string, value: string): void {
  doc
    .font('bold')
    .text(`${label}: `, margin, undefined, { continued: true })
    .font('regular')
    .text(value || '–')
}

function drawCase(doc: Doc, { visit, stored, facts, names }: PdfInput, record: FieldRecord): void {
  const result = facts.results.find(({ code }) => code === record.result)
  if (visit.task === 'order') row(doc, 'Ordin de lucru', `${visit.orderNumber} (${visit.orderType})`)
  else row(doc, 'Înlocuire programată', visit.orderNumber)
  row(doc, 'Cauza', visit.causeRo)
  row(doc, 'Temei', visit.causeSource)
  row(doc, 'Loc de consum', `${visit.pointName}, ${visit.address}`)
  row(doc, 'POD', visit.pod)
  row(doc, 'Contor', [visit.serial, visit.model].filter(Boolean).join(', ') || 'fără contor inteligent')
  row(doc, 'Post de transformare, plecare', [visit.stationName, visit.feeder].filter(Boolean).join(', '))
  row(doc, 'Început, sfârșit', `${at(record.startedAt)} – ${at(record.finishedAt)}`)
  row(doc, 'Rezultat', result?.titleRo ?? record.result)
  if (record.actedAt !== null) row(doc, 'Ora manevrei', at(record.actedAt))
  if (record.nextVisit !== undefined) row(doc, 'Vizita următoare', record.nextVisit)
  if (record.note !== '') row(doc, 'Mențiuni', record.note)
  row(doc, 'Întocmit de', `${record.signatures.crew.name} (${names[stored.recordedBy] ?? stored.recordedBy})`)
  if (stored.effect === 'conflict') drawConflict(doc, stored)
}

const eventWords: Readonly<Record<string, string>> = {
  cancel: 'anulat',
  cure: 'anulat, cauza a fost eliminată',
  'give-up': 'încheiat ca neexecutat',
}

function drawConflict(doc: Doc, { answer }: StoredRecord): void {
  const { event, at: left, dark, reconnectOrder } = answer as Record<string, string | boolean | null>
  doc.moveDown(0.3).font('bold')
  doc.text(
    `ATENȚIE: ordinul a fost ${eventWords[String(event)] ?? String(event)} la ${at(String(left))}.${
      dark
        ? ` Alimentarea trebuie redată: ordinul ${reconnectOrder ?? 'încă neemis, operatorul a fost alarmat'}.`
        : ''
    }`,
  )
  doc.font('regular')
}

function drawChecklist(doc: Doc, facts: FieldFacts, record: FieldRecord): void {
  title(doc, 'Lista de securitate IPSSM 01')
  const confirmed = new Map(record.checklist.map((item) => [item.code, item]))
  for (const check of facts.checks) {
    const item = confirmed.get(check.code)
    doc.text(
      `${item?.confirmed ? '☑' : '☐'} ${check.titleRo} [${check.source}]${item?.note ? ` – ${item.note}` : ''}`,
      margin,
    )
  }
}

const registers: Readonly<Record<string, string>> = {
  '1.8.0': 'Energie activă consumată (1.8.0)',
  '2.8.0': 'Energie activă livrată (2.8.0)',
}
/** Whole Wh as kWh with three decimals, without a float. */
export function showKwh(energyWh: number): string {
  const digits = String(energyWh).padStart(4, '0')
  return `${digits.slice(0, -3).replace(/\B(?=(\d{3})+$)/g, '.')},${digits.slice(-3)} kWh`
}
/** In words of the record: one meter before and after, or the meter that went and the one that came. */
const moments = {
  same: { before: 'înainte', after: 'după' },
  exchange: { before: 'contorul demontat', after: 'contorul montat' },
} as const
const places: Readonly<Record<string, string>> = {
  'terminal-cover': 'capac borne',
  'meter-cover': 'capac contor',
  box: 'firidă',
  breaker: 'întrerupător',
  other: 'alt loc',
}

function drawMeasured(doc: Doc, record: FieldRecord): void {
  const { exchange } = record
  if (exchange) {
    title(doc, 'Înlocuirea contorului')
    row(doc, 'Contor demontat', exchange.oldSerial)
    row(doc, 'Contor montat', `${exchange.newSerial}, ${exchange.newModel}`)
    row(doc, 'Motivul', exchange.reason)
  }
  title(doc, 'Indexuri')
  if (record.readings.length === 0) doc.text('Nu s-a citit niciun index.', margin)
  for (const reading of record.readings)
    row(
      doc,
      `${registers[reading.register] ?? reading.register}, ${moments[exchange ? 'exchange' : 'same'][reading.when]}`,
      showKwh(reading.energyWh),
    )
  title(doc, 'Sigilii')
  if (record.seals.length === 0) doc.text('Niciun sigiliu desfăcut sau aplicat.', margin)
  for (const seal of record.seals)
    row(doc, seal.action === 'removed' ? 'Desfăcut' : 'Aplicat', `${seal.number} (${places[seal.place]})`)
}

const signatureBox = { width: 200, height: 80 }

function drawSignatures(doc: Doc, record: FieldRecord): void {
  title(doc, 'Semnături')
  if (doc.y > doc.page.height - margin - signatureBox.height - 30) doc.addPage()
  const top = doc.y
  const { crew, customer } = record.signatures
  drawSignature(doc, margin, top, `Pentru operator: ${crew.name}`, crew.strokes)
  if ('strokes' in customer)
    drawSignature(doc, margin + 260, top, `Pentru client: ${customer.name}`, customer.strokes)
  else doc.text(`Clientul nu a semnat: ${customer.absent}`, margin + 260, top, { width: signatureBox.width })
  doc.x = margin
  doc.y = top + signatureBox.height + 24
}

type Strokes = FieldRecord['signatures']['crew']['strokes']
function drawSignature(doc: Doc, x: number, y: number, label: string, strokes: Strokes): void {
  doc.text(label, x, y, { width: 240, lineBreak: false })
  const top = y + 14
  doc.lineWidth(0.5).strokeColor('#999999').rect(x, top, signatureBox.width, signatureBox.height).stroke()
  doc.lineWidth(1).strokeColor('#000000')
  const place = ([px, py]: readonly [number, number]) =>
    [x + (px / 1000) * signatureBox.width, top + (py / 1000) * signatureBox.height] as const
  for (const stroke of strokes) {
    const [first, ...others] = stroke
    if (!first) continue
    doc.moveTo(...place(first))
    for (const point of others.length > 0 ? others : [first]) doc.lineTo(...place(point))
    doc.stroke()
  }
}

function drawPhotos(doc: Doc, { photos }: PdfInput, record: FieldRecord): void {
  if (record.photos.length === 0) return
  doc.addPage()
  title(doc, 'Fotografii')
  const stored = new Map(photos.map((photo) => [photo.id, photo]))
  for (const named of record.photos) {
    const photo = stored.get(named.id)
    if (doc.y > doc.page.height - 320) doc.addPage()
    doc.text([at(named.takenAt), named.caption].filter(Boolean).join(' – '), margin)
    doc.fontSize(6.5).text(`SHA-256 ${named.sha256}`).fontSize(9)
    try {
      if (photo) doc.image(photo.content, { fit: [380, 250] })
    } catch {
      // What the camera made and this library cannot draw is in the system all the same.
      doc.text('(fotografia se vede în Contor)')
    }
    doc.moveDown(0.6)
  }
}

function drawFoot(doc: Doc, stored: StoredRecord): void {
  const { start, count } = doc.bufferedPageRange()
  for (let page = start; page < start + count; page++) {
    doc.switchToPage(page)
    // Below the margin, where text would begin another page.
    doc.page.margins.bottom = 0
    doc
      .fontSize(6.5)
      .text(
        `${stored.number} · pagina ${page + 1} din ${count} · primit ${at(stored.receivedAt)} · SHA-256 al datelor ${stored.sha256.toString('hex')}`,
        margin,
        doc.page.height - 30,
        { lineBreak: false },
      )
  }
}
