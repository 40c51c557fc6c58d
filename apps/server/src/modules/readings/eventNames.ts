// Names of event codes as IDIS Package 2 and DLMS UA event logs number them.

const names: Readonly<Record<number, { ro: string; en: string }>> = {
  1: { ro: 'Alimentare întreruptă', en: 'Power down' },
  2: { ro: 'Alimentare revenită', en: 'Power up' },
  3: { ro: 'Trecere la sau de la ora de vară', en: 'Daylight saving time enabled or disabled' },
  4: { ro: 'Ceas reglat (ora veche)', en: 'Clock adjusted (old time)' },
  5: { ro: 'Ceas reglat (ora nouă)', en: 'Clock adjusted (new time)' },
  6: { ro: 'Ceas nevalid', en: 'Clock invalid' },
  7: { ro: 'Baterie de înlocuit', en: 'Replace battery' },
  8: { ro: 'Tensiune scăzută a bateriei', en: 'Battery voltage low' },
  9: { ro: 'Program tarifar activat', en: 'Tariff schedule activated' },
  10: { ro: 'Registru de erori șters', en: 'Error register cleared' },
  11: { ro: 'Registru de alarme șters', en: 'Alarm register cleared' },
  12: { ro: 'Eroare de memorie a programului', en: 'Program memory error' },
  13: { ro: 'Eroare de memorie RAM', en: 'RAM error' },
  14: { ro: 'Eroare de memorie nevolatilă', en: 'Non-volatile memory error' },
  15: { ro: 'Eroare de supraveghere', en: 'Watchdog error' },
  16: { ro: 'Eroare a sistemului de măsurare', en: 'Measurement system error' },
  17: { ro: 'Firmware pregătit pentru activare', en: 'Firmware ready for activation' },
  18: { ro: 'Firmware activat', en: 'Firmware activated' },
  40: { ro: 'Capac de borne scos', en: 'Terminal cover removed' },
  41: { ro: 'Capac de borne închis', en: 'Terminal cover closed' },
  42: { ro: 'Câmp magnetic puternic', en: 'Strong DC field detected' },
  43: { ro: 'Câmp magnetic dispărut', en: 'No strong DC field anymore' },
  44: { ro: 'Capac al contorului deschis', en: 'Meter cover removed' },
  45: { ro: 'Capac al contorului închis', en: 'Meter cover closed' },
  46: { ro: 'Autentificare eșuată de mai multe ori', en: 'Association authentication failure' },
  47: { ro: 'Parametri schimbați', en: 'One or more parameters changed' },
  48: { ro: 'Cheie globală schimbată', en: 'Global key changed' },
  49: { ro: 'Eroare de decriptare', en: 'Decryption or authentication failure' },
  50: { ro: 'Atac prin reluare', en: 'Replay attack' },
  60: { ro: 'Deconectare manuală', en: 'Manual disconnection' },
  61: { ro: 'Reconectare manuală', en: 'Manual connection' },
  62: { ro: 'Deconectare de la distanță', en: 'Remote disconnection' },
  63: { ro: 'Reconectare de la distanță', en: 'Remote connection' },
  64: { ro: 'Deconectare locală', en: 'Local disconnection' },
  65: { ro: 'Prag al limitatorului depășit', en: 'Limiter threshold exceeded' },
  66: { ro: 'Putere sub pragul limitatorului', en: 'Limiter threshold OK' },
  76: { ro: 'Tensiune lipsă pe o fază', en: 'Missing voltage on a phase' },
  82: { ro: 'Succesiune greșită a fazelor', en: 'Phase sequence reversal' },
  83: { ro: 'Neutru lipsă', en: 'Missing neutral' },
  255: { ro: 'Jurnal de evenimente șters', en: 'Event log cleared' },
}

/** Name of an event code in a language; the code itself when the list has none. */
export function eventName(code: number, locale: 'ro' | 'en'): string {
  return names[code]?.[locale] ?? (locale === 'ro' ? `Eveniment ${code}` : `Event ${code}`)
}
