// Where the server may go from where it stands (Green Book 9.4.5, server side). A new AARQ inside an
// association ends it first ('lost'): a client that asks anew has forgotten the old one.

import type { ServerState } from '../serverTypes.ts'

export type ServerMove = 'accepted' | 'challenged' | 'proven' | 'refused' | 'released' | 'lost' | 'closed'

export const serverTransitions: Record<ServerState, Partial<Record<ServerMove, ServerState>>> = {
  idle: { accepted: 'associated', challenged: 'authenticating', closed: 'closed' },
  authenticating: { proven: 'associated', refused: 'idle', released: 'idle', lost: 'idle', closed: 'closed' },
  associated: { released: 'idle', lost: 'idle', closed: 'closed' },
  closed: {},
}

export function nextServerState(state: ServerState, move: ServerMove): ServerState | undefined {
  return serverTransitions[state][move]
}
