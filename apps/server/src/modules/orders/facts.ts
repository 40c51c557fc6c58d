// What is known of an order's case. Facts are added, each with who said so and what proves it.

/** Instants as ISO text: facts are stored as they are. */
export interface Facts {
  /** Since when the debt runs: due date of the distribution bill, or registration of the energy bill. */
  readonly debtSince?: string
  readonly debtBani?: number
  readonly notices: readonly Notice[]
  readonly cures: readonly Cure[]
  /** Why a protected customer may be touched: named at the request. */
  readonly protectionReason?: string
  /** The customer's wish: not before, and until when. */
  readonly notBefore?: string
  readonly until?: string
}

export const noticeChannels = [
  'letter',
  'registered-letter',
  'email',
  'sms',
  'hand',
  'portal',
  'public',
] as const
export interface Notice {
  readonly sentAt: string
  readonly channel: (typeof noticeChannels)[number]
  /** Number of the postal receipt, of the e-mail, of the signature. */
  readonly proof: string
  readonly by: string
}
export const cureKinds = [
  'payment',
  'withdrawn',
  'access',
  'power-reduced',
  'disturbance-limited',
  'zone-cleared',
  'removed',
  'guarantee',
  'settings-restored',
  'emergency-over',
  'contract',
] as const
export type CureKind = (typeof cureKinds)[number]
export interface Cure {
  readonly kind: CureKind
  readonly at: string
  readonly proof: string
  readonly by: string
}
