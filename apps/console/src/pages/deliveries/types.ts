export type AddressKind = 'sftp' | 'https' | 'email'
export type Recipient = {
  id: string
  supplier: string
  name: string
  address: {
    kind: AddressKind
    host?: string
    port?: number
    user?: string
    folder?: string
    url?: string
    to?: string
    requireTls?: boolean
  }
  format: string
  options: { channels?: string[]; locale?: string }
  /** Civil time HH:MM. */
  sendAt: string
  active: boolean
  hasSecret: boolean
}
export type DeliveryState = 'due' | 'sending' | 'sent' | 'acknowledged' | 'failed'
export type Delivery = {
  recipientId: string
  recipient: string
  supplier: string
  day: string
  state: DeliveryState
  attempts: number
  nextAt: string
  file: string | null
  bytes: number | null
  points: number | null
  completePoints: number | null
  sentAt: string | null
  acknowledgedAt: string | null
  acknowledgement: string | null
  error: string | null
}
export type Availability = {
  day: string
  supplier: string
  points: number
  completePoints: number
  missingSample: string[]
  met: boolean
  checkedAt: string
}
export type DeliveryWindow = {
  day: string
  opensAt: string
  closesAt: string
  state: 'ahead' | 'open' | 'closed'
  rule: { validFrom: string; opens: string; closes: string; share: number; source: string }
  suppliers: { supplier: string; points: number; completePoints: number }[]
}
