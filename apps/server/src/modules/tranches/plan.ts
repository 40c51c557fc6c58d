// Lists of tranches in versions: proposed by one person, approved by another, as a whole. The newest approved one counts.

import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { type Actor, ContorError, notFound, type Trx } from '../../platform/index.ts'
import { writeAudit } from '../access/index.ts'
import { protectionsOn, type Verifier } from '../commands/index.ts'

/**
 * - `NL` limitation to a reduced power with notice: this is what limiters are set for
 * - `DM` disconnection by hand, `DASF` and `DASU` automatic at low frequency and low voltage: kept and rehearsed here,
 *   done in the stations
 */
export const trancheKinds = ['NL', 'DM', 'DASF', 'DASU'] as const
export type TrancheKind = (typeof trancheKinds)[number]
export const trancheStates = ['proposed', 'approved', 'replaced', 'refused'] as const

/** The powers of a point in a list, W (framework contract for large consumers, Gazette 129/1999, annexes 6 and 7). */
export interface Powers {
  /** Mean contracted power. */
  readonly normalW: number
  readonly reduceW: number
  /** Minimum technological power: a limitation never goes below it. */
  readonly technologicalW: number
  /** Minimum power for safety (putere minimă de avarie). */
  readonly safetyW: number
}
export interface Member extends Powers {
  readonly meteringPointId: string
  readonly by: 'hand' | 'rule'
}
export interface Tranche {
  readonly code: string
  readonly version: number
  readonly kind: TrancheKind
  readonly number: number
  readonly title: string
  readonly plannedW: number
  readonly state: (typeof trancheStates)[number]
  readonly digest: Buffer
  readonly reason: string
  readonly proposedBy: string
  readonly proposedAt: Date
  readonly decidedBy: string | null
  readonly decidedAt: Date | null
}

/** Highest power after the reduction, W: annex 7 A. */
export const limitOf = ({ normalW, reduceW, technologicalW }: Powers): number =>
  Math.max(normalW - reduceW, technologicalW)

const columns = sql`
  t.code, t.version, t.kind, t.number, t.title, t.planned_w::float8 as "plannedW", t.state, t.digest, t.reason,
  t.proposed_by as "proposedBy", t.proposed_at as "proposedAt", t.decided_by as "decidedBy", t.decided_at as "decidedAt"`

export async function listTranches(trx: Trx): Promise<(Tranche & { members: number })[]> {
  const { rows } = await sql<Tranche & { members: number }>`
    select ${columns}, (select count(*)::int from contor.tranche_member m where m.code = t.code and m.version = t.version) as members
      from contor.tranche t where t.state in ('proposed', 'approved') order by t.kind, t.number, t.code, t.version desc limit 500`.execute(
    trx,
  )
  return rows
}

export async function findTranche(trx: Trx, code: string, version?: number): Promise<Tranche> {
  const { rows } = await sql<Tranche>`
    select ${columns} from contor.tranche t where t.code = ${code} and (${version ?? null}::int is null or t.version = ${version ?? null})
     order by t.state = 'approved' desc, t.version desc limit 1`.execute(trx)
  if (!rows[0]) throw notFound('tranche', version === undefined ? code : `${code} version ${version}`)
  return rows[0]
}

export async function membersOf(
  trx: Trx,
  { code, version }: Pick<Tranche, 'code' | 'version'>,
): Promise<Member[]> {
  const { rows } = await sql<Member>`
    select metering_point_id as "meteringPointId", normal_w as "normalW", reduce_w as "reduceW",
           technological_w as "technologicalW", safety_w as "safetyW", by
      from contor.tranche_member where code = ${code} and version = ${version} order by metering_point_id`.execute(
    trx,
  )
  return rows
}

type Content = Pick<Tranche, 'code' | 'version' | 'kind' | 'number' | 'title' | 'plannedW'>

function digestOf(content: Content, members: readonly Member[]): Buffer {
  const { code, version, kind, number, title, plannedW } = content
  const sorted = [...members].sort((a, b) => (BigInt(a.meteringPointId) < BigInt(b.meteringPointId) ? -1 : 1))
  return createHash('sha256')
    .update(
      JSON.stringify([
        'contor-tranche-1',
        code,
        version,
        kind,
        number,
        title,
        plannedW,
        sorted.map((m) => [m.meteringPointId, m.normalW, m.reduceW, m.technologicalW, m.safetyW, m.by]),
      ]),
    )
    .digest()
}

/** Whether the list still is what was proposed and approved. @throws ContorError 'conflict' */
export function checkDigest(tranche: Tranche, members: readonly Member[]): void {
  if (digestOf(tranche, members).equals(tranche.digest)) return
  throw new ContorError('conflict', `${tranche.code} is not what was approved`, {
    field: 'code',
    value: tranche.code,
    remedy: 'Somebody changed its rows past the system: propose a new version and look at its members.',
  })
}

export type NewTranche = Pick<Tranche, 'code' | 'kind' | 'number' | 'title' | 'plannedW' | 'reason'> & {
  readonly members: readonly (Powers & { readonly meteringPoint: string; readonly by: 'hand' | 'rule' })[]
}

/**
 * Proposes the next version of a list.
 * @throws ContorError 'not-found' for a point that is not there, 'invalid-request' for powers that contradict each other
 *   or a promise that its members cannot keep
 */
export async function proposeTranche(trx: Trx, actor: Actor, input: NewTranche): Promise<Tranche> {
  await sql`select pg_advisory_xact_lock(hashtext(${`contor.tranche.${input.code}`}))`.execute(trx)
  const members: Member[] = []
  for (const { meteringPoint, ...member } of input.members)
    members.push({ ...member, meteringPointId: await pointOf(trx, meteringPoint) })
  checkMembers(members, input)
  const { rows } = await sql<{ version: number }>`
    select coalesce(max(version), 0) + 1 as version from contor.tranche where code = ${input.code}`.execute(
    trx,
  )
  const content = { ...input, version: rows[0]?.version ?? 1 }
  await sql`
    insert into contor.tranche (code, version, kind, number, title, planned_w, digest, reason, proposed_by)
    values (${content.code}, ${content.version}, ${content.kind}, ${content.number}, ${content.title}, ${content.plannedW},
            ${digestOf(content, members)}, ${content.reason}, ${actor.subject})`.execute(trx)
  for (const member of members)
    await sql`
      insert into contor.tranche_member (metering_point_id, code, version, normal_w, reduce_w, technological_w, safety_w, by)
      values (${member.meteringPointId}, ${content.code}, ${content.version}, ${member.normalW}, ${member.reduceW},
              ${member.technologicalW}, ${member.safetyW}, ${member.by})`.execute(trx)
  await writeAudit(trx, actor, 'tranche.propose', `tranche:${content.code}`, {
    version: content.version,
    members: members.length,
    plannedW: content.plannedW,
    reason: input.reason,
  })
  return findTranche(trx, content.code, content.version)
}

async function pointOf(trx: Trx, name: string): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    select p.id from contor.metering_point p
     where ${/^[1-9]\d{0,18}$/.test(name) ? sql`p.id = ${name}` : sql`p.pod = ${name}`} and p.kind <> 'balance'`.execute(
    trx,
  )
  if (!rows[0]) throw notFound('metering point', name)
  return rows[0].id
}

function checkMembers(members: readonly Member[], { plannedW }: Pick<NewTranche, 'plannedW'>): void {
  const wrong = (text: string, value: unknown, remedy: string): never => {
    throw new ContorError('invalid-request', text, { field: 'members', value, remedy })
  }
  if (new Set(members.map(({ meteringPointId }) => meteringPointId)).size !== members.length)
    wrong('A point stands in a list once', undefined, 'Leave the repetition out.')
  for (const member of members) {
    if (member.safetyW > member.technologicalW || member.technologicalW > member.normalW)
      wrong(
        'Powers of a member: safety ≤ technological ≤ normal',
        member.meteringPointId,
        'Take them from annexes 6 and 7 of the contract, in W.',
      )
    if (limitOf(member) <= 0 || limitOf(member) >= member.normalW)
      wrong(
        'A member whose power is not reduced, or is reduced to nothing',
        member.meteringPointId,
        'Give a reduction and a minimum technological power.',
      )
  }
  const possibleW = members.reduce((all, member) => all + member.normalW - limitOf(member), 0)
  if (plannedW > possibleW)
    wrong(
      `The list promises ${plannedW} W and its members give ${possibleW} W at most`,
      plannedW,
      'Add members, or promise less.',
    )
}

/** The second person approves or refuses a version. @throws ContorError 'not-allowed' for who proposed it, 'conflict' */
export async function decideTranche(
  trx: Trx,
  actor: Actor,
  ref: Pick<Tranche, 'code' | 'version'>,
  verdict: 'approved' | 'refused',
  reason: string,
): Promise<Tranche> {
  await sql`select pg_advisory_xact_lock(hashtext(${`contor.tranche.${ref.code}`}))`.execute(trx)
  const tranche = await findTranche(trx, ref.code, ref.version)
  if (tranche.state !== 'proposed')
    throw new ContorError('conflict', `${ref.code} version ${ref.version} is ${tranche.state}`, {
      field: 'version',
      value: ref.version,
      remedy: 'Propose another version.',
    })
  if (verdict === 'approved' && tranche.proposedBy === actor.subject)
    throw new ContorError('not-allowed', 'Whoever proposes a list does not approve it', {
      field: 'code',
      value: ref.code,
      remedy: 'Another person approves it.',
    })
  checkDigest(tranche, await membersOf(trx, tranche))
  if (verdict === 'approved')
    await sql`update contor.tranche set state = 'replaced' where code = ${ref.code} and state = 'approved'`.execute(
      trx,
    )
  await sql`
    update contor.tranche set state = ${verdict}, decided_by = ${actor.subject}, decided_at = clock_timestamp()
     where code = ${ref.code} and version = ${ref.version}`.execute(trx)
  await writeAudit(trx, actor, `tranche.${verdict}`, `tranche:${ref.code}`, { version: ref.version, reason })
  return findTranche(trx, ref.code, ref.version)
}

export interface Rule {
  readonly stationIds: readonly string[]
  readonly leastW: number
  /** Of the approved power. */
  readonly reducePercent: number
  readonly technologicalPercent: number
  readonly safetyPercent: number
}

/**
 * Who a rule finds: consumers that nobody protects, with a limiter that is known, of at least a power, largest first.
 * Their approved power stands for the contracted one. A person looks at the list before it is proposed.
 */
export async function pickMembers(
  trx: Trx,
  verifier: Verifier,
  rule: Rule,
  day: string,
): Promise<(Member & Shown)[]> {
  const found = sql`p.kind <> 'balance' and p.approved_power_w >= ${rule.leastW}
       and (${rule.stationIds.length === 0} or p.station_id = any(${[...rule.stationIds]}::bigint[]))`
  const kept = await protectionsOn(
    trx,
    verifier,
    day,
    sql`p.metering_point_id in (select p.id from contor.metering_point p where ${found})`,
  )
  const { rows } = await sql<Shown & { id: string; watts: number }>`
    select p.id, p.pod, p.name, p.approved_power_w as watts from contor.metering_point p
     where ${found} and exists (select from contor.limiter_watch w where w.metering_point_id = p.id)
       and not (p.id = any(${[...kept.keys()]}::bigint[]))
     order by p.approved_power_w desc, p.id limit 2000`.execute(trx)
  return rows.map(({ id, watts, pod, name }) => ({
    meteringPointId: id,
    pod,
    name,
    normalW: watts,
    reduceW: Math.floor((watts * rule.reducePercent) / 100),
    technologicalW: Math.floor((watts * rule.technologicalPercent) / 100),
    safetyW: Math.floor((watts * rule.safetyPercent) / 100),
    by: 'rule',
  }))
}
interface Shown {
  readonly pod: string
  readonly name: string
}
