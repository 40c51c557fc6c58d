// The meter inside the zoo's DLMS devices: the neighbourhood's own, each with a serial and keys of its own.

import { createECDH, createHmac } from 'node:crypto'
import { addDays, civilDayOf } from '@contor/intervals'
import type { CosemObject } from '../cosem.ts'
import { userSource } from '../energy.ts'
import { createMeter, freshState, type Meter } from '../meter.ts'
import { buildNeighbourhood, type SimulatedMeter } from '../neighbourhood.ts'

export type Suite = 0 | 1 | 2

/** Octets that depend on nothing but their names, so that a list printed today holds tomorrow. */
export function derive(device: string, purpose: string, length: number): Uint8Array {
  const mac = createHmac('sha512', 'zoo').update(`${device} ${purpose}`)
  return Uint8Array.from(mac.digest().subarray(0, length))
}

/** A key pair on the curve of the suite; private keys are reproducible. */
export function pairOf(device: string, owner: string, suite: 1 | 2) {
  const privateKey = derive(device, `signing ${owner}`, suite === 1 ? 32 : 48)
  // Below the order of the curve.
  privateKey[0] &= 0x7f
  const ecdh = createECDH(suite === 1 ? 'prime256v1' : 'secp384r1')
  ecdh.setPrivateKey(privateKey)
  // Without the leading 04 of an uncompressed point.
  return { privateKey, publicKey: Uint8Array.from(ecdh.getPublicKey().subarray(1)) }
}

/** Title that the zoo's clients have, where keys are bound to it. */
export const clientTitle = new TextEncoder().encode('CTRzoo01')

export function specOf(name: string, index: number, suite: Suite): SimulatedMeter {
  const base = buildNeighbourhood({ meters: 1 }).points[1]?.meter
  if (base === undefined) throw new Error('the neighbourhood has no meter')
  const length = suite === 2 ? 32 : 16
  const systemTitle = new Uint8Array(8)
  systemTitle.set(new TextEncoder().encode('CTR'))
  systemTitle[7] = index
  return {
    ...base,
    index,
    serial: `CTR9${String(index).padStart(7, '0')}`,
    systemTitle,
    manufacturer: 'CTR',
    model: `ZOO-${name}`,
    clockOffsetS: 0,
    clockDriftPpm: 0,
    suite,
    keys: {
      encryption: derive(name, 'encryption', length),
      authentication: derive(name, 'authentication', length),
      master: derive(name, 'master', length),
      password: new TextEncoder().encode(Buffer.from(derive(name, 'password', 4)).toString('hex')),
    },
  }
}

const counterEpoch = Date.UTC(2026, 0, 1)

/** A household's meter, installed five days ago; `more` are objects beside those every meter has. */
export function meterOf(spec: SimulatedMeter, more: readonly CosemObject[] = []): Meter {
  const now = Date.now()
  const installedOn = addDays(civilDayOf(now), -5)
  const user = {
    seed: 7,
    index: spec.index,
    habit: 'household' as const,
    dailyWh: 6_000 + spec.index * 150,
    panelsW: 0,
  }
  return createMeter({
    spec,
    source: userSource(user, undefined, installedOn),
    installedOn,
    faultFrom: installedOn,
    state: { ...freshState(spec, now), nextServerCounter: Math.floor((now - counterEpoch) / 100) },
    dirty: () => {},
    more,
  })
}
