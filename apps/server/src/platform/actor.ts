export const roles = ['operator', 'analyst', 'supplier', 'customer', 'crew', 'admin', 'third-party'] as const
export type Role = (typeof roles)[number]

/**
 * Who acts. `scope` 'all' sees every metering point; 'granted' sees what `contor.access_grant`
 * gives to `subject` ('supplier:EVA', 'customer:17', 'token:42'). The database enforces it.
 */
export interface Actor {
  readonly subject: string
  readonly role: Role | 'system'
  readonly scope: 'all' | 'granted'
  readonly name: string
  readonly locale: 'ro' | 'en'
}

/** The installation itself: migrations, the collector, jobs. Never given to a request. */
export const systemActor: Actor = {
  subject: 'system',
  role: 'system',
  scope: 'all',
  name: 'Contor',
  locale: 'ro',
}
