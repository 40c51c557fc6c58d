// Search for secondary addresses with wildcards (EN 13757-7 annex; M-Bus documentation 7.4): digit by digit.

import type { Application, SelectionMask } from './application.ts'
import { type MasterOutcome, type MasterRequest, selectedAddress } from './master.ts'

export type SearchStep =
  | { readonly kind: 'request'; readonly request: MasterRequest }
  | { readonly kind: 'done'; readonly found: readonly SelectionMask[]; readonly complete: boolean }

export type Search = {
  /** The next request to run, or the end. */
  next(): SearchStep
  /** How the request given last ended. */
  receive(outcome: MasterOutcome): void
}

/**
 * Finds every meter on the bus: each mask is selected; when exactly one meter answers the readout, it is found,
 * and when several do, the next digit is tried with 0 to 9.
 * @param maxRequests bound of the whole search; a bus of n meters needs about 20 n to 100 n
 */
export function createSearch(maxRequests = 20_000): Search {
  const found: SelectionMask[] = []
  const known = new Set<string>()
  const masks: SelectionMask[] = split('FFFFFFFF')
  let stage: 'select' | 'read' = 'select'
  let requests = 0
  const divide = (mask: SelectionMask | undefined) => {
    // Two meters of the same eight digits would need a search over manufacturers: they stay unfound.
    if (mask) masks.unshift(...split(mask.id))
  }
  return {
    next() {
      const mask = masks[0]
      if (!mask) return { kind: 'done', found, complete: true }
      if (requests++ >= maxRequests) return { kind: 'done', found, complete: false }
      const request: MasterRequest =
        stage === 'select' ? { kind: 'select', mask } : { kind: 'read', address: selectedAddress }
      return { kind: 'request', request }
    },
    receive(outcome) {
      if (stage === 'select') {
        if (outcome.kind === 'acknowledged') stage = 'read'
        else {
          const mask = masks.shift()
          if (outcome.kind === 'collision') divide(mask)
        }
        return
      }
      stage = 'select'
      const mask = masks.shift()
      const address = outcome.kind === 'telegrams' ? addressOf(outcome.applications[0]) : undefined
      if (!address) {
        divide(mask)
        return
      }
      const key = `${address.id} ${address.manufacturer} ${address.version} ${address.medium}`
      if (!known.has(key)) found.push(address)
      known.add(key)
    },
  }
}

/** The ten masks with the first wildcard of `id` set; none when all eight digits are set. */
function split(id: string): SelectionMask[] {
  const at = id.indexOf('F')
  if (at < 0) return []
  return Array.from({ length: 10 }, (_, digit) => ({
    id: `${id.slice(0, at)}${digit}${id.slice(at + 1)}`,
    manufacturer: 0xffff,
    version: 0xff,
    medium: 0xff,
  }))
}

function addressOf(application: Application | undefined): SelectionMask | undefined {
  if (!application || !('header' in application) || !application.header?.address) return undefined
  const { id, manufacturer, version, medium } = application.header.address
  const code = [...manufacturer].reduce((sum, letter) => (sum << 5) | (letter.charCodeAt(0) - 64), 0)
  return { id: id.toUpperCase(), manufacturer: code, version, medium }
}
