type Text = { subject: string; text: string }
export type Message = {
  id: string
  meteringPointId: string
  pod: string
  /** 'supplier:NAME', 'customer:ID' or 'operator' */
  recipient: string
  about: string
  aboutId: string
  kind: string
  text: { ro: Text; en: Text }
  createdAt: string
  state: string
  deliveredAt: string | null
  acknowledgedAt: string | null
  errorText: string | null
}
export const messageFilters = ['waiting', 'failed', 'all'] as const
export type MessageFilter = (typeof messageFilters)[number]

export type Subscription = {
  id: string
  name: string
  recipient: string
  address:
    | { channel: 'webhook'; url: string }
    | {
        channel: 'email'
        to?: string
        from: string
        host: string
        port: number
        user?: string
        requireTls: boolean
      }
  format: 'json' | 'cim' | 'text'
  kinds: string[]
  active: boolean
  hasSecret: boolean
}
