import type { Actor, Trx } from '../../platform/index.ts'

export type AuditAction =
  | 'sign-in'
  | 'sign-in.refused'
  | 'token.create'
  | 'token.revoke'
  | 'personal-data.read'
  | 'rule.draft'
  | 'rule.activate'
  | 'exception.change'
  | 'reading.edit'
  | 'reading.approve'
  | 'order.create'
  | 'order.cancel'
  | 'order.approve'
  | 'order.record'
  | 'protection.set'
  | 'protection.end-asked'
  | 'protection.end-confirmed'
  | 'protection.end-withdrawn'
  | 'cause.change-asked'
  | 'cause.change-confirmed'
  | 'cause.change-withdrawn'
  | 'field.record'
  | 'field.read'
  | 'field.crew'
  | 'contact.read'
  | 'contact.save'
  | 'message.subscribe'
  | 'message.unsubscribe'
  | 'meter.exchange'
  | 'meter.exchange-set-aside'
  | 'field.exchange'
  | 'field.exchange-withdrawn'
  | 'meter.constants'
  | 'point.relation'
  | 'point.correction'
  | 'guard.stop'
  | 'guard.break-glass'
  | 'guard.propose'
  | 'guard.confirm'
  | 'power.approve'
  | 'power.case'
  | 'tranche.propose'
  | 'tranche.approved'
  | 'tranche.refused'
  | 'limitation.propose'
  | 'limitation.approve'
  | 'limitation.cancel'
  | 'limitation.lift'
  | 'interruption.plan'
  | 'interruption.change'
  | 'legal.change'
  | 'losses.metering'
  | 'losses.accuracy'
  | 'losses.lines'
  | 'virtual-meter.record'
  | 'profile.record'
  | 'retention.run'
  | 'person.erase'

/** Adds a line to the record that nobody can change. The transaction belongs to `actor` or to the system. */
export async function writeAudit(
  trx: Trx,
  actor: Actor,
  action: AuditAction,
  object: string,
  details?: Record<string, unknown>,
): Promise<void> {
  await trx
    .insertInto('audit')
    .values({
      actor: actor.subject,
      role: actor.role,
      action,
      object,
      details: details ? JSON.stringify(details) : null,
    })
    .execute()
}
