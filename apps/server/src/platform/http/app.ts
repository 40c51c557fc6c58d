import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Actor } from '../actor.ts'
import type { Db } from '../db/pool.ts'
import type { Log } from '../log.ts'
import type { KeyRing } from '../secrets.ts'

/** Fastify that knows Zod: `schema: {params, querystring, body, response}` are Zod objects and typed. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse<IncomingMessage>,
  FastifyBaseLogger,
  ZodTypeProvider
>

/**
 * What routes are given. A module exports `registerXRoutes(app, services)` from its index.ts; paths are
 * written without /api (the app is mounted there). `request.actor` is whoever signed in.
 */
export interface Services {
  readonly db: Db
  readonly keys: KeyRing
  readonly log: Log
  readonly demo: boolean
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Whoever asks; routes with `config: {public: true}` have the anonymous actor, who sees nothing. */
    actor: Actor
  }
  interface FastifyContextConfig {
    /** No sign-in needed. */
    public?: boolean
    /** No sign-in needed for programs on this machine that were not sent here by a proxy. */
    localPublic?: boolean
    /** The permission that the role must hold; default 'read'. */
    permission?: Permission
  }
}

/** What a role may do; the table of roles is in modules/access/permissions.ts. */
export type Permission =
  | 'read' // points that the database lets the actor see
  | 'read-now' // ask a meter for values
  | 'collection' // the collection pages: sessions, gaps, lines
  | 'network' // stations and balances
  | 'aggregates' // sums over sets of points, which show none of those that the actor may not see
  | 'trace' // frames behind a value
  | 'tokens' // make and revoke API tokens
  | 'audit'
  | 'exceptions' // the work queue of validation
  | 'rules' // draft, try and activate validation rules
  | 'edit' // make values that no meter gave
  | 'approve-edit' // be the second person of an edit of billed days, and of every recalculation
  | 'import' // files and messages in, background jobs, deliveries
  | 'installations' // record exchanges of meters, constants, relations and corrections
  | 'orders' // see orders of the points that the database lets the actor see, and the guard
  | 'order' // ask for orders and take the own ones back
  | 'approve-order' // be the second person of an order
  | 'messages' // where messages are sent, and how customers want to be told
  | 'power' // record approved powers, and settle the cases of limiters that wait for a person
  | 'guard' // stop disconnections; with a second person, open them again and set limits
  | 'field' // work orders of the crew: record what was done on site
  | 'metrics'
