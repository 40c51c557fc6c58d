// Why the CRC of a P1 telegram fails that came through a text file: editors and logs change line ends and drop empty
// lines, and the CRC counts every octet from `/` to `!`.

import { crc16 } from '../checks.ts'

/** What has to be put back for the CRC to fit. */
export type CrcRepair = 'line-ends' | 'blank-line'

/**
 * @param telegram from `/` to `!`, both counted
 * @returns what was lost, when its return makes the CRC fit
 */
export function crcRepair(telegram: Uint8Array, crc: number): CrcRepair | undefined {
  const lines = new TextDecoder('latin1').decode(telegram).split(/\r\n|\n|\r/)
  const fits = (candidate: readonly string[]) => {
    const octets = Uint8Array.from(candidate.join('\r\n'), (character) => character.charCodeAt(0))
    return crc16(octets, 0, octets.length) === crc
  }
  if (fits(lines)) return 'line-ends'
  const [first = '', ...rest] = lines.filter((line) => line !== '')
  return fits([first, '', ...rest]) ? 'blank-line' : undefined
}
