/** A system title as people write it: the manufacturer's three letters and the rest in hex, or all hex. */
export function titleText(title: Uint8Array): string {
  const letters = String.fromCharCode(...title.subarray(0, 3))
  const hex = Buffer.from(title).toString('hex').toUpperCase()
  return /^[A-Z]{3}$/.test(letters) ? `${letters} ${hex.slice(6)}` : hex
}
