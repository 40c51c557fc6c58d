// How a customer wants to be told.

import { sql } from 'kysely'
import { z } from 'zod'
import { type Actor, asSystem, type Db, type Trx } from '../../platform/index.ts'
import { writeAudit } from '../access/index.ts'

export const contactSchema = z.object({
  email: z.email().nullable(),
  /** International form, e.g. +40721000000. */
  phone: z
    .string()
    .regex(/^\+[1-9]\d{6,14}$/, 'a number such as +40721000000')
    .nullable(),
  locale: z.enum(['ro', 'en']).default('ro'),
})
export type Contact = z.infer<typeof contactSchema>

export async function saveContact(db: Db, actor: Actor, subject: string, contact: Contact): Promise<void> {
  await asSystem(db, async (trx) => {
    await writeAudit(trx, actor, 'contact.save', subject, {})
    await sql`
      insert into contor.contact (subject, email, phone, locale, changed_by)
      values (${subject}, ${contact.email}, ${contact.phone}, ${contact.locale}, ${actor.subject})
      on conflict (subject) do update set email = excluded.email, phone = excluded.phone, locale = excluded.locale,
        changed_at = now(), changed_by = excluded.changed_by`.execute(trx)
  })
}

export async function findContact(trx: Trx, subject: string): Promise<Contact | undefined> {
  const { rows } = await sql<Contact>`
    select email, phone, locale from contor.contact where subject = ${subject}`.execute(trx)
  return rows[0]
}
