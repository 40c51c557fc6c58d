// Where each station of an HDLC link may go from where it stands (Green Book 8.4.5; ISO/IEC 13239 5.5). One
// table for each side; an event that a state does not name leaves the state as it is.

/** The primary station: the client. */
export type HdlcPrimaryState = 'disconnected' | 'connecting' | 'connected' | 'disconnecting'

/** `lost`: too many repetitions without an answer, or sequence numbers that no longer fit. */
export type HdlcPrimaryMove = 'connect' | 'disconnect' | 'ua' | 'dm' | 'frmr' | 'lost'

export const hdlcPrimaryTransitions: Record<
  HdlcPrimaryState,
  Partial<Record<HdlcPrimaryMove, HdlcPrimaryState>>
> = {
  disconnected: { connect: 'connecting' },
  connecting: { ua: 'connected', dm: 'disconnected', disconnect: 'disconnecting', lost: 'disconnected' },
  connected: { disconnect: 'disconnecting', dm: 'disconnected', frmr: 'disconnected', lost: 'disconnected' },
  disconnecting: { ua: 'disconnected', dm: 'disconnected', lost: 'disconnected' },
}

/** The secondary station: the server. `disconnected` is NDM, `connected` is NRM, `rejecting` waits for SNRM or DISC. */
export type HdlcSecondaryState = 'disconnected' | 'connected' | 'rejecting'

/** `lost`: the inactivity time-out passed, or the peer made us hold too much. */
export type HdlcSecondaryMove = 'snrm' | 'disc' | 'reject' | 'lost'

export const hdlcSecondaryTransitions: Record<
  HdlcSecondaryState,
  Partial<Record<HdlcSecondaryMove, HdlcSecondaryState>>
> = {
  disconnected: { snrm: 'connected' },
  connected: { snrm: 'connected', disc: 'disconnected', reject: 'rejecting', lost: 'disconnected' },
  rejecting: { snrm: 'connected', disc: 'disconnected', lost: 'disconnected' },
}
