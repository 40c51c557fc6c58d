// Field work over HTTP: the route of a crew, records and photos in, the proces-verbal out.

import { civilDayOf } from '@contor/intervals'
import { z } from 'zod'
import {
  type Actor,
  type App,
  asSystem,
  ContorError,
  errorSchema,
  notFound,
  type Services,
  type Trx,
  withActor,
} from '../../platform/index.ts'
import { namesOf, writeAudit } from '../access/index.ts'
import type { Signer } from '../commands/index.ts'
import { createOrderClock } from '../orders/index.ts'
import { registerCrewRoutes } from './crewRoutes.ts'
import { dispatchVisits, joinDemoCrew } from './dispatch.ts'
import { registerExchangeRoutes } from './exchangeRoutes.ts'
import { loadFacts } from './facts.ts'
import { drawRecord } from './pdf.ts'
import { findPhoto, maxPhotoBytes, photosOf, storePhoto } from './photos.ts'
import { type FieldRecord, recordSchema } from './record.ts'
import { answerSchema, factsSchema, showVisit, visitSchema } from './shapes.ts'
import { finishRecords, submitRecord } from './submit.ts'
import { findRecord, findVisit, listVisits, type Visit } from './visits.ts'

export type FieldServices = Services & { readonly signer: Signer }

const tags = ['field']
const config = { permission: 'field' } as const
const params = z.object({ id: z.uuid() })
const photoParams = z.object({ id: z.uuid(), photoId: z.uuid() })

export function registerFieldRoutes(app: App, services: FieldServices): void {
  const { db } = services
  const clock = createOrderClock(db, services.demo)

  /** Under the actor's own eyes; who is nobody's crew sees nothing. */
  const mustFind = async (trx: Trx, actor: Actor, id: string): Promise<Visit> => {
    const visit = await findVisit(trx, actor, id)
    if (!visit) throw notFound('visit', id)
    return visit
  }

  app.get(
    '/field/visits',
    {
      config,
      schema: {
        tags,
        summary:
          'The route of my crew: open visits by day, station, feeder and address, and what ended lately',
        response: {
          200: z.object({ now: z.string(), items: z.array(visitSchema), facts: factsSchema }),
          '4xx': errorSchema,
        },
      },
    },
    async ({ actor, log }) => {
      const now = await clock.now()
      await finishRecords(services, now).catch((err: unknown) =>
        log.error({ err }, 'field: records could not be finished'),
      )
      await asSystem(db, async (trx) => {
        if (services.demo && actor.role === 'crew') await joinDemoCrew(trx, actor)
        await dispatchVisits(trx, civilDayOf(now))
      })
      return withActor(db, actor, async (trx) => ({
        now: new Date(now).toISOString(),
        items: (await listVisits(trx, actor)).map(showVisit),
        facts: showFacts(await loadFacts(trx, civilDayOf(Date.now()))),
      }))
    },
  )
  app.get(
    '/field/facts',
    {
      config,
      schema: {
        tags,
        summary: 'The safety checklist IPSSM 01, the steps and the result codes of today, with their sources',
        response: { 200: factsSchema },
      },
    },
    async ({ actor }) =>
      withActor(db, actor, async (trx) => showFacts(await loadFacts(trx, civilDayOf(Date.now())))),
  )
  app.post(
    '/field/visits/:id/record',
    {
      config,
      schema: {
        tags,
        summary: 'What was done at a visit; sent again, it has no second effect',
        params,
        body: recordSchema,
        response: { 200: answerSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, params: { id }, body }) =>
      submitRecord(services, { actor, visitId: id, record: body, now: await clock.now() }),
  )
  app.get(
    '/field/visits/:id/record.pdf',
    {
      config,
      schema: { tags, summary: 'The record (proces-verbal) as PDF; who reads it is on record', params },
    },
    async ({ actor, params: { id } }, reply) => {
      const { pdf, number } = await withActor(db, actor, async (trx) => {
        const visit = await mustFind(trx, actor, id)
        const stored = await findRecord(trx, visit)
        if (!stored) throw notFound('record of visit', id)
        const { startedAt } = JSON.parse(stored.content) as FieldRecord
        await writeAudit(trx, actor, 'field.read', `visit:${id}`, { record: stored.number })
        const names = await namesOf(trx, [stored.recordedBy])
        const facts = await loadFacts(trx, civilDayOf(Date.parse(startedAt)))
        const photos = await photosOf(trx, visit)
        return { pdf: await drawRecord({ visit, stored, facts, photos, names }), number: stored.number }
      })
      return reply
        .type('application/pdf')
        .header('content-disposition', `attachment; filename="${number}.pdf"`)
        .send(pdf)
    },
  )
  registerPhotoRoutes(app, services, mustFind)
  registerCrewRoutes(app, services)
  registerExchangeRoutes(app, services)
}

type MustFind = (trx: Trx, actor: Actor, id: string) => Promise<Visit>

function registerPhotoRoutes(app: App, { db }: FieldServices, mustFind: MustFind): void {
  app.get(
    '/field/visits/:id/photos/:photoId',
    {
      config,
      schema: { tags, summary: 'A photo; who looks at it is on record', params: photoParams },
    },
    async ({ actor, params: { id, photoId } }, reply) => {
      const photo = await withActor(db, actor, async (trx) => {
        const found = await findPhoto(trx, await mustFind(trx, actor, id), photoId)
        if (!found) throw notFound('photo', photoId)
        await writeAudit(trx, actor, 'field.read', `visit:${id}`, { photo: photoId })
        return found
      })
      return reply.type(photo.mediaType).header('content-disposition', 'inline').send(photo.content)
    },
  )
  // Bytes of an image are taken here and nowhere else.
  void app.register(async (scope) => {
    const plain = scope as unknown as App
    plain.addContentTypeParser(
      ['image/jpeg', 'image/png'],
      { parseAs: 'buffer', bodyLimit: maxPhotoBytes },
      (_request, body, done) => done(null, body),
    )
    plain.put(
      '/field/visits/:id/photos/:photoId',
      {
        config,
        bodyLimit: maxPhotoBytes,
        schema: {
          tags,
          summary: 'A photo of the visit: JPEG or PNG, at most 3 MB; sent again, it is the same photo',
          params: photoParams,
          response: { 200: z.object({ sha256: z.string() }), '4xx': errorSchema },
        },
      },
      async ({ actor, params: { id, photoId }, body }) => {
        if (!Buffer.isBuffer(body))
          throw new ContorError('invalid-request', 'A photo is sent as its bytes', {
            field: 'content-type',
            remedy: 'Use content-type image/jpeg or image/png.',
          })
        const visit = await withActor(db, actor, (trx) => mustFind(trx, actor, id))
        return {
          sha256: await asSystem(db, (trx) => storePhoto(trx, visit, actor.subject, photoId, body)),
        }
      },
    )
  })
}

type Facts = Awaited<ReturnType<typeof loadFacts>>
const showFacts = ({ checks, steps, results }: Facts) => ({
  checks: [...checks],
  steps: [...steps],
  results: [...results],
})
