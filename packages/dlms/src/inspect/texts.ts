// Remarks of the inspector, Romanian first.

export type Language = 'ro' | 'en'

const texts = {
  noKey: [
    'fără cheie de criptare: conținutul rămâne cifrat',
    'no encryption key: the content stays ciphered',
  ],
  noTitle: [
    'fără titlul de sistem al emițătorului: conținutul rămâne cifrat',
    'no system title of the sender: the content stays ciphered',
  ],
  compressed: ['conținut comprimat, nedescifrat', 'compressed content, not deciphered'],
  tagYes: ['eticheta verificată: da', 'tag verified: yes'],
  tagYesNoKey: [
    'eticheta verificată: da (fără cheie de autentificare în AAD)',
    'tag verified: yes (no authentication key in the AAD)',
  ],
  tagNo: [
    'eticheta verificată: nu (lipsește cheia de autentificare)',
    'tag verified: no (no authentication key)',
  ],
  tagWrong: ['eticheta verificată: nu (nu se potrivește)', 'tag verified: no (it does not match)'],
  noTag: ['mesajul nu are etichetă', 'the message carries no tag'],
  plainText: ['conținut descifrat', 'deciphered content'],
  authenticatedOnly: ['autentificat, necifrat', 'authenticated, not ciphered'],
  redacted: ['ascuns', 'redacted'],
  request: ['cerere', 'request'],
  response: ['răspuns', 'response'],
  stuffed: [
    'octeți escapați (7D 5E, 7D 5D), scoși înainte de citire',
    'octets were stuffed (7D 5E, 7D 5D) and are unstuffed here',
  ],
  noise: ['octeți în afara oricărui cadru', 'octets outside of any frame'],
  wrappedLength: [
    'lungimea depășește 255 și a fost trimisă modulo 256',
    'the length exceeds 255 and was sent modulo 256',
  ],
  segmentFollows: ['urmează alt segment', 'another segment follows'],
  repeatedSequence: ['N(S) nu crește între segmente', 'N(S) does not increase between segments'],
  opaque: [
    'niciun antet LLC și niciun APDU recunoscut: poate continuarea unui segment',
    'no LLC header and no recognised APDU: perhaps the continuation of a segment',
  ],
  swappedObisTag: ['eticheta 06 09 trimisă în loc de 09 06', 'tag 06 09 sent instead of 09 06'],
  untaggedDescriptor: [
    'descriptor de atribut fără etichete de tip',
    'attribute descriptor without type tags',
  ],
  taggedTime: ['data și ora au o etichetă 09 în plus', 'the date-time carries a superfluous tag 09'],
  blocksFollow: ['urmează alte blocuri', 'more blocks follow'],
  blocksMissing: ['blocurile dinainte nu sunt aici', 'the blocks before are not here'],
  positional: ['recunoscut după poziția în listă', 'recognised by its position in the list'],
  notVerified: [
    'semnătura nu se verifică fără certificatul semnatarului',
    'the signature is not verified without the certificate of its signer',
  ],
  notDecoded: ['neinterpretat', 'not interpreted'],
  notSpecified: ['nespecificat', 'not specified'],
  summerTime: ['oră de vară', 'daylight saving'],
  badClock: ['ceas nesigur', 'clock not reliable'],
} as const satisfies Record<string, readonly [string, string]>

export type TextKey = keyof typeof texts

export function say(language: Language, key: TextKey): string {
  return texts[key][language === 'ro' ? 0 : 1]
}
