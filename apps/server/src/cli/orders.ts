// `contor orders` and `contor guard`: the HTTP interface at a terminal, so that the same rules hold for both.

import { readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import type { Command } from 'commander'
import { createRoleToken, revokeToken } from '../modules/access/index.ts'
import { type Config, loadConfig } from '../platform/config.ts'
import { asSystem } from '../platform/db/pool.ts'
import { ContorError } from '../platform/errors.ts'
import { systemActor } from '../platform/index.ts'
import { openDatabase } from './database.ts'

interface Connection {
  readonly url?: string
  readonly token?: string
  readonly json?: boolean
}

const hourMs = 3_600_000

/** Runs with a token in the name of whoever sits at this machine; it ends with the command. */
async function withOwnToken<T>(config: Config, run: (token: string) => Promise<T>): Promise<T> {
  const { db, close } = await openDatabase(config, {
    mode: 'join',
    applicationName: 'contor orders',
    poolSize: 1,
  })
  try {
    const made = await asSystem(db, (trx) =>
      createRoleToken(trx, systemActor, {
        role: 'operator',
        subject: `cli:${userInfo().username}`,
        label: 'contor orders',
        // Should the command be killed, it ends all the same.
        expiresAt: new Date(Date.now() + hourMs),
      }),
    )
    try {
      return await run(made.token)
    } finally {
      await asSystem(db, (trx) => revokeToken(trx, systemActor, made.id))
    }
  } finally {
    await close()
  }
}

export async function call(
  connection: Connection,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<unknown> {
  const config = await loadConfig()
  const url = connection.url ?? `http://${config.host}:${config.port}`
  const token = connection.token ?? process.env['CONTOR_TOKEN']
  const run = (bearer: string) => ask(url, bearer, method, path, body)
  return token === undefined ? withOwnToken(config, run) : run(token)
}

async function ask(
  url: string,
  token: string,
  method: 'GET' | 'POST',
  path: string,
  body: object | undefined,
): Promise<unknown> {
  const response = await fetch(`${url}/api${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  }).catch((cause: unknown) => {
    throw new ContorError('not-ready', `Nobody answers at ${url}`, {
      field: '--url',
      value: url,
      remedy: 'Start the system first (npm start), or name its address.',
      cause,
    })
  })
  const answer = (await response.json()) as {
    error?: { code: 'internal'; message: string; field?: string; value?: unknown; remedy?: string }
  }
  if (!answer.error) return answer
  const { code, message, ...details } = answer.error
  throw new ContorError(code, message, details)
}

interface OrderLine {
  readonly id: string
  readonly number: string
  readonly type: string
  readonly state: string
  readonly route: string | null
  readonly cause: string
  readonly pod?: string
  readonly runsAt: string | null
  readonly requesterReference: string
}
const line = (order: OrderLine) =>
  [
    order.number,
    order.id,
    order.type.padEnd(15),
    order.state.padEnd(9),
    (order.route ?? '–').padEnd(6),
    order.cause,
    order.pod ?? '',
    order.runsAt ? `from ${order.runsAt}` : '',
  ]
    .join('  ')
    .trimEnd()

interface Detail extends OrderLine {
  readonly causeTitle: { readonly en: string; readonly source: string }
  readonly gate: {
    readonly conditions: readonly { key: string; ok: boolean; params: object; source: string }[]
  }
  readonly timeline: readonly { at: string; event: string; to: string; actor: string; evidence: object }[]
  readonly commands: readonly {
    kind: string
    state: string
    outcome: string | null
    held: string | null
    errorText: string | null
    steps: readonly { at: string; step: string; details: object; trace: string | null }[]
  }[]
  readonly messages: readonly { recipient: string; kind: string; state: string; createdAt: string }[]
}

function detailLines(order: Detail): string[] {
  return [
    line(order),
    `cause: ${order.causeTitle.en} (${order.causeTitle.source})`,
    ...order.gate.conditions.map(
      (one) => `  ${one.ok ? '✔' : '✖'} ${one.key} ${JSON.stringify(one.params)}  [${one.source}]`,
    ),
    'timeline:',
    ...order.timeline.map((one) => `  ${one.at}  ${one.event} → ${one.to}  by ${one.actor}`),
    ...order.commands.flatMap((command) => [
      `command ${command.kind}: ${command.state}${command.outcome ? ` (${command.outcome})` : ''}${command.held ? ` – held: ${command.held}` : ''}${command.errorText ? ` – ${command.errorText}` : ''}`,
      ...command.steps.map(
        (step) =>
          `  ${step.at}  ${step.step} ${JSON.stringify(step.details)}${step.trace ? `  trace ${step.trace}` : ''}`,
      ),
    ]),
    ...order.messages.map((message) => `told ${message.recipient}: ${message.kind} (${message.state})`),
  ]
}

export function say(connection: Connection, answer: unknown, lines: () => string[]): void {
  process.stdout.write(`${connection.json ? JSON.stringify(answer) : lines().join('\n')}\n`)
}

/** Where the system is, and who asks. */
export const connected = (command: Command) =>
  command
    .option('--url <address>', 'of the system (this machine)')
    .option('--token <token>', 'bearer token (CONTOR_TOKEN; without one, an operator of this machine)')
    .option('--json', 'print the answer as JSON')

/** Adds `orders …` and `guard …`. */
export function registerOrders(program: Command): void {
  const orders = program
    .command('orders')
    .description('orders to disconnect and reconnect, at a running system')
  connected(orders.command('create').description('ask for an order'))
    .requiredOption(
      '--type <type>',
      'DECO_R, RECO_R, DECO_C, RECO_C, ACTIV_FURNIZARE, REZ_CONTR, REZ_NEPLATA, REZ_FURNIZOR',
    )
    .requiredOption('--point <pod>', 'POD or id of the metering point')
    .requiredOption('--reference <text>', 'your own name for it; the same reference is the same order')
    .option('--cause <code>', 'see contor orders causes')
    .option('--debt-since <day>', 'since when a debt runs, as 2026-05-31')
    .option('--reason <text>')
    .option('--protection-reason <text>', 'why a protected customer may be touched')
    .option('--not-before <instant>', 'as 2026-12-01T08:00:00Z')
    .option('--until <day>', 'end of a suspension')
    .action(async (o) => {
      const answer = await call(o, 'POST', '/orders', {
        type: o.type,
        meteringPoint: o.point,
        requesterReference: o.reference,
        cause: o.cause,
        debtSince: o.debtSince,
        reason: o.reason,
        protectionReason: o.protectionReason,
        notBefore: o.notBefore,
        until: o.until,
      })
      say(o, answer, () => [line(answer as OrderLine)])
    })
  connected(orders.command('list').description('newest first'))
    .option('--state <state>')
    .option('--open', 'only those that have not ended')
    .option('--search <text>', 'number, reference, POD, name')
    .option('--limit <n>', 'at most', '50')
    .action(async (o) => {
      const query = new URLSearchParams({ limit: o.limit })
      if (o.state) query.set('state', o.state)
      if (o.open) query.set('open', 'true')
      if (o.search) query.set('search', o.search)
      const answer = (await call(o, 'GET', `/orders?${query}`)) as { items: OrderLine[] }
      say(o, answer, () => (answer.items.length > 0 ? answer.items.map(line) : ['No orders.']))
    })
  connected(
    orders.command('show <id>').description('an order with its conditions, timeline and evidence'),
  ).action(async (id: string, o) => {
    const answer = await call(o, 'GET', `/orders/${encodeURIComponent(id)}`)
    say(o, answer, () => detailLines(answer as Detail))
  })
  connected(orders.command('causes').description('causes of law and contract with their periods')).action(
    async (o) => {
      const answer = (await call(o, 'GET', '/orders/causes')) as {
        items: {
          code: string
          category: string
          noticeDays: number
          noticeUnit: string
          debtDays: number
          titleEn: string
          source: string
        }[]
      }
      say(o, answer, () =>
        answer.items.map(
          (c) =>
            `${c.code.padEnd(11)} ${c.category.padEnd(14)} notice ${c.noticeDays} ${c.noticeUnit} days, debt ${c.debtDays} days  ${c.titleEn}  [${c.source}]`,
        ),
      )
    },
  )
  for (const [verb, what] of [
    ['cancel', 'take an order back'],
    ['approve', 'be the second person'],
    ['refuse', 'refuse an order that has not run'],
  ] as const)
    connected(orders.command(`${verb} <id>`).description(what))
      .requiredOption('--reason <text>')
      .action(async (id: string, o) => {
        const answer = await call(o, 'POST', `/orders/${encodeURIComponent(id)}/${verb}`, {
          reason: o.reason,
        })
        say(o, answer, () => [line(answer as OrderLine)])
      })
  connected(orders.command('notice <id>').description('record that a notice was sent'))
    .requiredOption('--channel <channel>', 'letter, registered-letter, email, sms, hand, portal, public')
    .requiredOption('--proof <text>', 'number of the receipt')
    .option('--sent-at <instant>', 'now when left out')
    .action(async (id: string, o) => {
      const sentAt = o.sentAt ?? new Date().toISOString()
      const answer = await call(o, 'POST', `/orders/${encodeURIComponent(id)}/notices`, {
        sentAt,
        channel: o.channel,
        proof: o.proof,
      })
      say(o, answer, () => [line(answer as OrderLine)])
    })
  connected(
    orders.command('cure <id>').description('record that the cause is gone: a payment, access given, …'),
  )
    .requiredOption('--kind <kind>', 'payment, withdrawn, access, …')
    .requiredOption('--proof <text>')
    .option('--at <instant>', 'now when left out')
    .action(async (id: string, o) => {
      const answer = (await call(o, 'POST', `/orders/${encodeURIComponent(id)}/cures`, {
        kind: o.kind,
        at: o.at ?? new Date().toISOString(),
        proof: o.proof,
      })) as { order: OrderLine; reconnect: OrderLine | null }
      say(o, answer, () => [line(answer.order), ...(answer.reconnect ? [line(answer.reconnect)] : [])])
    })
  for (const [verb, path, what] of [
    ['dry-run', '/orders:dry-run', 'what the orders of a file would do; nothing is written'],
    ['batch', '/orders:batch', 'ask for all orders of a file; each waits for a second person'],
  ] as const)
    connected(orders.command(`${verb} <file>`).description(`${what} (JSON: an array of orders)`)).action(
      async (file: string, o) => {
        const answer = (await call(o, 'POST', path, { orders: await ordersOf(file) })) as {
          items: {
            requesterReference: string
            error?: { message: string } | null
            number?: string | null
            gate?: { verdict: string }
            route?: string
          }[]
          dark?: { points: number; powerW: number; protected: number }
        }
        say(o, answer, () => [
          ...answer.items.map(
            (item) =>
              `${item.requesterReference}  ${item.error ? `✖ ${item.error.message}` : (item.number ?? `${item.gate?.verdict} by ${item.route}`)}`,
          ),
          ...(answer.dark
            ? [
                `dark: ${answer.dark.points} points, ${answer.dark.powerW} W, ${answer.dark.protected} protected`,
              ]
            : []),
        ])
      },
    )
  registerGuard(program)
}

function registerGuard(program: Command): void {
  const guard = program.command('guard').description('the guard in front of every disconnection')
  connected(guard.command('show', { isDefault: true }).description('state, limits, events')).action(
    async (o) => {
      const answer = (await call(o, 'GET', '/guard')) as {
        stopped: { actor: string; reason: string } | null
        frozen: { reason: string } | null
        breakGlass: { until: string } | null
        released: { hour: number; day: number }
        held: number
        limits: {
          scope: string
          windowS: number
          maxCount: number
          maxShare: number
          maxPowerShare: number
        }[]
        proposals: { id: string; kind: string; proposedBy: string; reason: string }[]
      }
      say(o, answer, () => [
        answer.stopped
          ? `STOPPED by ${answer.stopped.actor}: ${answer.stopped.reason}`
          : answer.frozen
            ? `FROZEN: ${answer.frozen.reason}`
            : 'open within its limits',
        ...(answer.breakGlass ? [`break-glass until ${answer.breakGlass.until}`] : []),
        `released ${answer.released.hour} in the last hour, ${answer.released.day} in the last day; ${answer.held} held`,
        ...answer.limits.map(
          (l) =>
            `  ${l.scope.padEnd(8)} ${l.windowS} s: ${l.maxCount} or ${(l.maxShare * 100).toFixed(1)} % of customers, ${(l.maxPowerShare * 100).toFixed(0)} % of power`,
        ),
        ...answer.proposals.map((p) => `proposal ${p.id}: ${p.kind} by ${p.proposedBy}: ${p.reason}`),
      ])
    },
  )
  connected(guard.command('stop').description('stop every disconnection at once, alone'))
    .requiredOption('--reason <text>')
    .action(async (o) =>
      say(o, await call(o, 'POST', '/guard/stop', { reason: o.reason }), () => [
        'Stopped. Two persons open it again: contor guard propose resume, contor guard confirm.',
      ]),
    )
  connected(guard.command('propose <kind>').description('resume or thaw; another person confirms'))
    .requiredOption('--reason <text>')
    .action(async (kind: string, o) => {
      const answer = (await call(o, 'POST', '/guard/proposals', { kind, reason: o.reason })) as { id: string }
      say(o, answer, () => [`proposal ${answer.id} waits for another person`])
    })
  connected(guard.command('confirm <id>').description('be the second person'))
    .requiredOption('--reason <text>')
    .action(async (id: string, o) =>
      say(
        o,
        await call(o, 'POST', `/guard/proposals/${encodeURIComponent(id)}/confirm`, { reason: o.reason }),
        () => ['Confirmed.'],
      ),
    )
}

async function ordersOf(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (cause) {
    throw new ContorError('invalid-request', `${file} is no JSON array of orders`, {
      field: 'file',
      value: file,
      remedy: 'Write [{"type": "DECO_C", "meteringPoint": "…", "requesterReference": "…"}].',
      cause,
    })
  }
}
