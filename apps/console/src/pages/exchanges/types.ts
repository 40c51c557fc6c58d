/** What a crew noted of an exchange and nobody has entered; indexes by OBIS code, Wh. */
export type NotedExchange = {
  meteringPointId: string
  record: string
  at: string
  oldSerial: string
  newSerial: string
  newModel: string
  endIndexes: Record<string, number>
  startIndexes: Record<string, number>
  reason: string
  pod: string
  pointName: string
  address: string
  /** Serial of the meter that the books have at the point. */
  standing: string | null
  line: string | null
  host: string | null
}

export type PlannedExchange = {
  id: string
  meteringPointId: string
  orderNumber: string
  visitOn: string
  state: 'open' | 'done' | 'postponed' | 'impossible' | 'withdrawn' | 'conflict'
  crew: string | null
  cause: { ro: string; en: string }
  pod: string
  pointName: string
  address: string
  serial: string | null
}
