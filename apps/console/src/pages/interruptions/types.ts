export type Interruption = {
  id: string
  number: string
  kind: 'planned' | 'accidental' | 'requested'
  state: 'announced' | 'requested' | 'ongoing' | 'ended' | 'cancelled'
  stationId: string | null
  station: string | null
  feeder: string | null
  startsAt: string
  endsAt: string
  reason: string
  separation: string | null
  startedAt: string | null
  endedAt: string | null
  points: number
}
