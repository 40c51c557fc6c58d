import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import { z } from 'zod'
import {
  type App,
  asSystem,
  ContorError,
  type Db,
  errorSchema,
  idParams,
  listOf,
  notFound,
  pageOf,
  pageQuery,
  type Services,
} from '../../../platform/index.ts'
import { enqueue, findJob } from '../../../platform/jobs/index.ts'
import { namesOf } from '../../access/index.ts'
import { csvCell } from '../export/text.ts'
import { importJob } from '../jobs.ts'
import { formatOfName, importFormats } from './open.ts'
import { receiveFile } from './receive.ts'

const tags = ['transfers']
const config = { permission: 'import' as const }

const importSchema = z.object({
  id: z.string(),
  name: z.string(),
  format: z.string(),
  layout: z.string(),
  state: z.string(),
  error: z.string().nullable(),
  bytes: z.number(),
  line: z.number(),
  rows: z.number(),
  added: z.number(),
  repeated: z.number(),
  rejected: z.number(),
  requestedBy: z.string(),
  /** Name of the person, null where it is not known. */
  requestedByName: z.string().nullable(),
  requestedAt: z.string(),
  endedAt: z.string().nullable(),
  /** The file was as old as it may become; what it brought stays. */
  removedAt: z.string().nullable(),
  jobId: z.string().nullable(),
  exchangeId: z.string(),
})
export type ImportState = z.infer<typeof importSchema>

const rejectSchema = z.object({
  seq: z.string(),
  line: z.number(),
  field: z.string(),
  value: z.string(),
  reason: z.string(),
})

/** An import as it stands. @throws ContorError 'not-found' */
export async function findImport(db: Db, id: string): Promise<ImportState> {
  const [row] = await imports(db, id)
  if (!row) throw notFound('import', id)
  return row
}

async function imports(db: Db, id?: string): Promise<ImportState[]> {
  return asSystem(db, async (trx) => {
    const { rows } = await sql<Omit<ImportState, 'requestedByName'>>`
      select id, name, format, layout, state, error_text as error, bytes::float8 as bytes, line::float8 as line, rows::float8 as rows,
             added::float8 as added, repeated::float8 as repeated, rejected::float8 as rejected, requested_by as "requestedBy",
             to_json(requested_at) as "requestedAt", to_json(ended_at) as "endedAt", to_json(removed_at) as "removedAt", job_id as "jobId", exchange_id as "exchangeId"
        from contor.import_file where (${id === undefined} or id = ${id ?? '0'}::bigint) order by id desc limit 200`.execute(
      trx,
    )
    const names = await namesOf(
      trx,
      rows.map((row) => row.requestedBy),
    )
    return rows.map((row) => ({ ...row, requestedByName: names[row.requestedBy] ?? null }))
  })
}

/** Receiving files, their progress and their rejected lines. */
export function registerImportRoutes(app: App, services: Services & { readonly dataDir: string }): void {
  const { db } = services
  // A plugin of its own: here a body of any type is the file, as a stream.
  app.register(async (scope) => {
    const plain = scope as unknown as FastifyInstance
    plain.removeAllContentTypeParsers()
    plain.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
    registerUpload(scope as unknown as App, services)
  })
  app.get(
    '/imports',
    {
      config,
      schema: {
        tags,
        summary: 'Imports, newest first',
        response: { 200: listOf(importSchema), '4xx': errorSchema },
      },
    },
    async () => ({ items: await imports(db) }),
  )
  app.get(
    '/imports/:id',
    {
      config,
      schema: {
        tags,
        summary: 'An import: state, checkpoint, counts',
        params: idParams,
        response: { 200: importSchema, '4xx': errorSchema },
      },
    },
    async ({ params }) => findImport(db, params.id),
  )
  app.get(
    '/imports/:id/rejects',
    {
      config,
      schema: {
        tags,
        summary: 'Rejected lines, in the order of the file',
        params: idParams,
        querystring: pageQuery.extend({
          cursor: z
            .string()
            .regex(/^\d{1,18}$/)
            .optional(),
        }),
        response: { 200: pageOf(rejectSchema), '4xx': errorSchema },
      },
    },
    async ({ params, query }) => {
      await findImport(db, params.id)
      const rows = await rejectsAfter(db, params.id, query.cursor ?? '0', query.limit + 1)
      const items = rows.slice(0, query.limit)
      return { items, nextCursor: rows.length > query.limit ? (items.at(-1)?.seq ?? null) : null }
    },
  )
  app.get(
    '/imports/:id/rejects.csv',
    {
      config,
      schema: {
        tags,
        summary: 'Every rejected line with field, value and reason',
        params: idParams,
        response: { '4xx': errorSchema },
      },
    },
    async ({ params }, reply) => {
      await findImport(db, params.id)
      return reply
        .header('content-type', 'text/csv; charset=utf-8; header=present')
        .header('content-disposition', `attachment; filename="import_${params.id}_rejects.csv"`)
        .send(Readable.from(rejectLines(db, params.id)) as never)
    },
  )
}

function registerUpload(app: App, { db, dataDir }: Services & { readonly dataDir: string }): void {
  app.post(
    '/imports',
    {
      config: { ...config, longBody: true },
      schema: {
        tags,
        summary: 'Takes the body as a file and imports it in the background',
        querystring: z.object({
          name: z.string().min(1).max(300),
          format: z.enum(importFormats as [string, ...string[]]).optional(),
          separator: z.enum([',', ';', 'tab', '|']).optional(),
          decimal: z.enum([',', '.']).optional(),
        }),
        response: { 202: importSchema, '4xx': errorSchema },
      },
    },
    async (request, reply) => {
      const { name, separator, decimal } = request.query
      const format = request.query.format ?? formatOfName(name)
      if (!importFormats.includes(format))
        throw new ContorError('invalid-request', `The name ${name} does not say the format`, {
          field: 'format',
          value: format,
          remedy: `Add format=: ${importFormats.join(', ')}.`,
        })
      if (!(request.body instanceof Readable))
        throw new ContorError('invalid-request', 'There is no body', {
          field: 'body',
          remedy: 'Send the file as the body.',
        })
      const id = await receiveFile(
        db,
        dataDir,
        {
          name,
          format,
          options: { separator: separator === 'tab' ? '\t' : separator, decimal },
          requestedBy: request.actor.subject,
        },
        request.body,
      )
      await startImport(db, id, request.actor.subject)
      return reply.status(202).send(await findImport(db, id))
    },
  )
}

/** Puts an import into the queue. @returns the id of the job */
export async function startImport(db: Db, id: string, requestedBy: string): Promise<string> {
  const job = await enqueue(db, importJob, { importId: id }, requestedBy)
  await asSystem(db, (trx) =>
    sql`update contor.import_file set job_id = ${job} where id = ${id}`.execute(trx),
  )
  await findJob(db, job)
  return job
}

async function rejectsAfter(
  db: Db,
  id: string,
  after: string,
  limit: number,
): Promise<z.infer<typeof rejectSchema>[]> {
  const { rows } = await asSystem(db, (trx) =>
    sql<z.infer<typeof rejectSchema>>`
      select seq::text as seq, line::float8 as line, field, value, reason from contor.import_reject
       where import_id = ${id} and seq > ${after}::bigint order by seq limit ${limit}`.execute(trx),
  )
  return rows
}

/** The rejected lines as CSV. */
export async function* rejectLines(db: Db, id: string): AsyncGenerator<string> {
  yield 'line,field,value,reason\r\n'
  for (let after = '0'; ; ) {
    const rows = await rejectsAfter(db, id, after, 5_000)
    if (rows.length === 0) return
    after = rows[rows.length - 1].seq
    yield rows
      .map(
        (row) =>
          `${[`${row.line}`, row.field, row.value, row.reason].map((cell) => csvCell(cell, ',')).join(',')}\r\n`,
      )
      .join('')
  }
}
