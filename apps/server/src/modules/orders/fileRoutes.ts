// Orders as files: a supplier's list in, the closures of a day out.

import { addDays, dayStart } from '@contor/intervals'
import { parse } from 'csv-parse/sync'
import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import { z } from 'zod'
import { type App, ContorError, civilDaySchema, errorSchema, withActor } from '../../platform/index.ts'
import { createBatch } from './batch.ts'
import { batchSchema, maxBatch } from './batchRoutes.ts'
import { createOrderClock } from './clock.ts'
import type { OrderRequest } from './create.ts'
import type { OrderServices } from './routes.ts'
import { requestSchema } from './shapes.ts'

const bodyLimit = 4 * 1024 * 1024
/** Other names that a column may bear. */
const columnOf: Readonly<Record<string, string>> = {
  pod: 'meteringPoint',
  'loc de consum': 'meteringPoint',
  reference: 'requesterReference',
  referinta: 'requesterReference',
  tip: 'type',
  cauza: 'cause',
  motiv: 'reason',
}

export function registerOrderFileRoutes(app: App, services: OrderServices): void {
  const clock = createOrderClock(services.db, services.demo)
  app.register(async (scope) => {
    const plain = scope as unknown as FastifyInstance
    plain.removeAllContentTypeParsers()
    plain.addContentTypeParser('text/csv', { parseAs: 'string', bodyLimit }, (_request, body, done) =>
      done(null, body),
    )
    ;(scope as unknown as App).post(
      '/orders::file',
      {
        config: { permission: 'order' },
        bodyLimit,
        schema: {
          tags: ['orders'],
          summary:
            'Ask for the orders of a CSV (columns type, pod, reference, cause, debtSince, debtBani, notBefore, until, protectionReason, reason); a file with a line that is wrong in itself is refused whole',
          body: z.string().min(1),
          response: { 200: batchSchema, '4xx': errorSchema },
        },
      },
      async ({ actor, body }) => {
        const batch = await createBatch(services, actor, readOrders(body), await clock.now())
        return { ...batch, items: [...batch.items] }
      },
    )
  })
  app.get(
    '/orders/closures.csv',
    {
      config: { permission: 'orders' },
      schema: {
        tags: ['orders'],
        summary: 'Orders that ended on a day, with the state of their point, as CSV',
        querystring: z.object({ day: civilDaySchema }),
      },
    },
    async ({ actor, query: { day } }, reply) => {
      const { rows } = await withActor(services.db, actor, (trx) =>
        sql<Record<string, string | boolean | null>>`
          select o.number, o.requester_reference as reference, o.type, p.pod, o.state, o.route, o.ended_at as "endedAt",
                 (select m.relay_output from contor.meter m where m.metering_point_id = o.metering_point_id and m.removed_at is null order by m.id desc limit 1) as "relayOutput"
            from contor.work_order o join contor.metering_point p on p.id = o.metering_point_id
           where o.ended_at >= ${new Date(dayStart(day))} and o.ended_at < ${new Date(dayStart(addDays(day, 1)))}
           order by o.ended_at, o.id`.execute(trx),
      )
      const columns = ['number', 'reference', 'type', 'pod', 'state', 'route', 'endedAt', 'relayOutput']
      const lines = rows.map((row) => columns.map((name) => field(row[name])).join(','))
      return reply
        .header('content-type', 'text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="closures-${day}.csv"`)
        .send(`\ufeff${[columns.join(','), ...lines].join('\r\n')}\r\n`)
    },
  )
}

const field = (value: unknown): string => {
  if (value === null || value === undefined) return ''
  const text = value instanceof Date ? value.toISOString() : String(value)
  // A spreadsheet must not take a supplier's reference for a formula.
  const tame = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(tame) ? `"${tame.replaceAll('"', '""')}"` : tame
}

/** The requests of a file, `,` or `;` between fields. @throws ContorError 'invalid-request' naming the line and the field */
export function readOrders(csv: string): OrderRequest[] {
  const firstLine = csv.slice(0, csv.search(/\r?\n|$/))
  const delimiter = firstLine.split(';').length > firstLine.split(',').length ? ';' : ','
  let rows: Record<string, string>[]
  try {
    rows = parse(csv, {
      bom: true,
      delimiter,
      columns: (names: string[]) => names.map((name) => columnOf[name.trim().toLowerCase()] ?? name.trim()),
      skip_empty_lines: true,
      trim: true,
    })
  } catch (cause) {
    throw new ContorError('invalid-request', `The file is no CSV: ${(cause as Error).message}`, {
      field: 'body',
      cause,
    })
  }
  if (rows.length === 0 || rows.length > maxBatch)
    throw new ContorError(
      'invalid-request',
      `A file holds 1 to ${maxBatch} orders, this one ${rows.length}`,
      {
        field: 'body',
        value: rows.length,
        remedy: 'Send a heading and a line for each order; split a longer file.',
      },
    )
  return rows.map((row, index) => {
    const given = Object.fromEntries(Object.entries(row).filter(([, value]) => value !== ''))
    const debt = given['debtBani']
    const read = requestSchema
      .strict()
      .safeParse({ ...given, ...(debt === undefined ? {} : { debtBani: Number(debt) }) })
    if (read.success) return read.data
    const issue = read.error.issues[0]
    throw new ContorError('invalid-request', `Line ${index + 2}: ${issue?.message ?? 'not an order'}`, {
      field: `line ${index + 2}, ${issue?.path.join('.') || 'column'}`,
      value: issue?.path[0] === undefined ? undefined : row[String(issue.path[0])],
      remedy: 'Nothing of the file was taken: put it right and send it again.',
    })
  })
}
