import type { AddressKind, Recipient } from './types.ts'

/** What the form holds: everything as typed. */
export type RecipientDraft = {
  name: string
  supplier: string
  kind: AddressKind
  address: Record<'host' | 'port' | 'user' | 'folder' | 'hostKey' | 'url' | 'to' | 'from', string>
  /** E-mail: refuse to send over a connection that is not encrypted. */
  requireTls: boolean
  secret: string
  format: string
  locale: 'ro' | 'en'
  sendAt: string
  channels: string[]
  active: boolean
}

const empty: RecipientDraft['address'] = {
  host: '',
  port: '',
  user: '',
  folder: '',
  hostKey: '',
  url: '',
  to: '',
  from: '',
}

/** The form of a recipient, or of a new one that is sent A+ as CSV in the morning. */
export function draftOf(recipient: Recipient | undefined): RecipientDraft {
  const { kind = 'sftp', requireTls = true, ...address } = recipient?.address ?? {}
  const texts = Object.fromEntries(Object.entries(address).map(([key, value]) => [key, String(value)]))
  return {
    name: recipient?.name ?? '',
    supplier: recipient?.supplier ?? '',
    kind,
    address: { ...empty, ...texts },
    requireTls,
    secret: '',
    format: recipient?.format ?? 'csv',
    locale: recipient?.options.locale === 'en' ? 'en' : 'ro',
    sendAt: recipient?.sendAt ?? '06:00',
    channels: recipient?.options.channels ?? ['A+'],
    active: recipient?.active ?? true,
  }
}

const needed: Record<AddressKind, readonly (keyof RecipientDraft['address'])[]> = {
  sftp: ['host', 'user', 'hostKey'],
  https: ['url'],
  email: ['to', 'from', 'host'],
}

export const isComplete = (draft: RecipientDraft): boolean =>
  draft.name.trim() !== '' &&
  draft.supplier !== '' &&
  draft.sendAt !== '' &&
  draft.channels.length > 0 &&
  needed[draft.kind].every((field) => draft.address[field].trim() !== '')

const fields: Record<AddressKind, readonly (keyof RecipientDraft['address'])[]> = {
  sftp: ['host', 'port', 'user', 'folder', 'hostKey'],
  https: ['url'],
  email: ['to', 'from', 'host', 'port', 'user'],
}

/** What the server is sent: of the address only what its kind has and what was filled in. */
export function bodyOf(draft: RecipientDraft): Record<string, unknown> {
  const { name, supplier, kind, secret, format, locale, sendAt, channels, active } = draft
  const address = Object.fromEntries(
    fields[kind].flatMap((field): [string, string | number][] => {
      const text = draft.address[field].trim()
      if (text === '') return []
      // As ssh-keygen prints it, the key stands between "SHA256:" and nothing or "=".
      if (field === 'hostKey') return [[field, text.replace(/^SHA256:/, '').replace(/=+$/, '')]]
      return [[field, field === 'port' ? Number(text) : text]]
    }),
  )
  return {
    name: name.trim(),
    supplier,
    address: { kind, ...address, ...(kind === 'email' ? { requireTls: draft.requireTls } : {}) },
    ...(secret === '' ? {} : { secret }),
    format,
    locale,
    sendAt,
    channels,
    active,
  }
}
