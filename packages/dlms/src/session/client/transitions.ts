// Where the client may go from where it stands (Green Book 9.4.5: the client side of the application
// association). One table: a move that is not in it is a programming error of the machine.

import type { ClientState } from '../types.ts'

/** What moves the client. */
export type ClientMove =
  | 'associate'
  | 'assumed'
  | 'accepted'
  | 'challenged'
  | 'proven'
  | 'release'
  | 'released'
  | 'broken'

export const clientTransitions: Record<ClientState, Partial<Record<ClientMove, ClientState>>> = {
  idle: { associate: 'associating', assumed: 'associated', broken: 'failed' },
  associating: { accepted: 'associated', challenged: 'authenticating', broken: 'failed' },
  authenticating: { proven: 'associated', broken: 'failed' },
  associated: { release: 'releasing', broken: 'failed' },
  releasing: { released: 'released', broken: 'failed' },
  released: { associate: 'associating', assumed: 'associated', broken: 'failed' },
  failed: {},
}

/** The state after a move; undefined when the move is not allowed from there. */
export function nextClientState(state: ClientState, move: ClientMove): ClientState | undefined {
  return clientTransitions[state][move]
}
