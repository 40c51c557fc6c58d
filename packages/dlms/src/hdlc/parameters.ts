// What SNRM and UA negotiate (Green Book 8.4.5.3.2; ISO/IEC 13239 5.5.3.2): how long an information field may
// be and how many I frames may be under way, in each direction.

/** One station's side: what it sends with and what it takes. */
export type HdlcParameters = {
  /** Longest information field this station sends, octets, 1..2030. */
  readonly maxInfoTransmit: number
  /** Longest information field this station takes, octets, 1..2030. */
  readonly maxInfoReceive: number
  /** I frames this station sends before it waits for an acknowledgement, 1..7. */
  readonly windowTransmit: number
  /** I frames this station takes before it acknowledges, 1..7. */
  readonly windowReceive: number
}

/** What holds for a parameter that is not named. */
export const defaultHdlcParameters: HdlcParameters = {
  maxInfoTransmit: 128,
  maxInfoReceive: 128,
  windowTransmit: 1,
  windowReceive: 1,
}

/** Longest information field that fits a frame with the longest addresses. */
export const maxHdlcInformation = 2030
export const maxHdlcWindow = 7

const formatIdentifier = 0x81
const groupIdentifier = 0x80
const identifiers: Readonly<Record<number, keyof HdlcParameters>> = {
  5: 'maxInfoTransmit',
  6: 'maxInfoReceive',
  7: 'windowTransmit',
  8: 'windowReceive',
}

/**
 * The information field of SNRM or UA. Lengths take one octet where they fit, else two; windows take four,
 * as everyone sends them.
 */
export function encodeHdlcParameters(parameters: HdlcParameters): Uint8Array {
  const body: number[] = []
  for (const [identifier, name] of Object.entries(identifiers)) {
    const value = parameters[name]
    body.push(Number(identifier))
    if (name.startsWith('window')) body.push(4, 0, 0, 0, value)
    else if (value < 0x100) body.push(1, value)
    else body.push(2, value >> 8, value & 0xff)
  }
  return Uint8Array.from([formatIdentifier, groupIdentifier, body.length, ...body])
}

/**
 * Reads what a peer proposes or answers; values of any length, unknown parameters passed over, values out of
 * range brought into it. A field that is no parameter group means that nothing is named: defaults.
 */
export function decodeHdlcParameters(information: Uint8Array): HdlcParameters {
  const found = { ...defaultHdlcParameters }
  if (information[0] !== formatIdentifier || information[1] !== groupIdentifier) return found
  const end = Math.min(information.length, 3 + (information[2] ?? 0))
  let at = 3
  while (at + 2 <= end) {
    const name = identifiers[information[at] as number]
    const from = at + 2
    at = from + (information[at + 1] as number)
    if (at > end) break
    if (!name || at === from) continue
    let value = 0
    // Saturates: a value of many octets stays a number.
    for (let i = from; i < at; i++) value = Math.min(0xffff, value * 256 + (information[i] as number))
    found[name] = inRange(name, value)
  }
  return found
}

/** Both sides' least: `own` is what this station can do, `peer` what the other one said about itself. */
export function negotiateHdlc(own: HdlcParameters, peer: HdlcParameters): HdlcParameters {
  return {
    maxInfoTransmit: Math.min(own.maxInfoTransmit, peer.maxInfoReceive),
    maxInfoReceive: Math.min(own.maxInfoReceive, peer.maxInfoTransmit),
    windowTransmit: Math.min(own.windowTransmit, peer.windowReceive),
    windowReceive: Math.min(own.windowReceive, peer.windowTransmit),
  }
}

export function isDefaultHdlc(parameters: HdlcParameters): boolean {
  return Object.values(identifiers).every((name) => parameters[name] === defaultHdlcParameters[name])
}

/** Own parameters out of options. @throws RangeError when a value is out of range */
export function hdlcParameters(options: Partial<HdlcParameters>): HdlcParameters {
  const parameters = { ...defaultHdlcParameters }
  for (const name of Object.values(identifiers)) {
    const value = options[name]
    if (value === undefined) continue
    if (!Number.isInteger(value) || inRange(name, value) !== value) {
      throw new RangeError(`HDLC ${name} must be within 1..${most(name)}`)
    }
    parameters[name] = value
  }
  return parameters
}

function most(name: keyof HdlcParameters): number {
  return name.startsWith('window') ? maxHdlcWindow : maxHdlcInformation
}

function inRange(name: keyof HdlcParameters, value: number): number {
  return Math.max(1, Math.min(most(name), value))
}
