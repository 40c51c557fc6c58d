// Control field of HDLC frames, modulo 8 (Green Book 8.4.3.5; ISO/IEC 13239).

export type HdlcUnnumbered = 'snrm' | 'disc' | 'ua' | 'dm' | 'frmr' | 'ui'

/**
 * `ns`/`nr` are sequence numbers 0..7; `pf` is the poll/final bit. REJ is not in the repertoire of the profile,
 * yet it is understood: some peers send it.
 */
export type HdlcControl =
  | { readonly kind: 'i'; readonly ns: number; readonly nr: number; readonly pf: boolean }
  | { readonly kind: 'rr' | 'rnr' | 'rej'; readonly nr: number; readonly pf: boolean }
  | { readonly kind: HdlcUnnumbered; readonly pf: boolean }

const unnumbered: Readonly<Record<HdlcUnnumbered, number>> = {
  snrm: 0x83,
  disc: 0x43,
  ua: 0x63,
  dm: 0x0f,
  frmr: 0x87,
  ui: 0x03,
}
const pollFinal = 0x10

/** Decodes a control octet; undefined for frame types the DLMS profile does not use. */
export function decodeHdlcControl(octet: number): HdlcControl | undefined {
  return controls[octet]
}

function controlOf(octet: number): HdlcControl | undefined {
  const pf = (octet & pollFinal) !== 0
  if ((octet & 0x01) === 0) return { kind: 'i', ns: (octet >> 1) & 7, nr: octet >> 5, pf }
  if ((octet & 0x0f) === 0x01) return { kind: 'rr', nr: octet >> 5, pf }
  if ((octet & 0x0f) === 0x05) return { kind: 'rnr', nr: octet >> 5, pf }
  if ((octet & 0x0f) === 0x09) return { kind: 'rej', nr: octet >> 5, pf }
  for (const [kind, code] of Object.entries(unnumbered)) {
    if ((octet & ~pollFinal) === code) return { kind: kind as HdlcUnnumbered, pf }
  }
  return undefined
}

export function encodeHdlcControl(control: HdlcControl): number {
  const pf = control.pf ? pollFinal : 0
  switch (control.kind) {
    case 'i':
      return (control.ns << 1) | (control.nr << 5) | pf
    case 'rr':
      return 0x01 | (control.nr << 5) | pf
    case 'rnr':
      return 0x05 | (control.nr << 5) | pf
    case 'rej':
      return 0x09 | (control.nr << 5) | pf
    default:
      return unnumbered[control.kind] | pf
  }
}

// A frame's control field is one of these: every frame has one, none changes it.
const controls: readonly (HdlcControl | undefined)[] = Array.from({ length: 256 }, (_, octet) =>
  controlOf(octet),
)
