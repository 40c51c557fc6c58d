// Events of the logs of Dutch meters (DSMR, SMR), which interoperable meters share for the most part. Codes from
// OSGP open-smart-grid-platform, event_types.csv (Apache-2.0).

import { type NameLanguage, type Words, words } from './words.ts'

const events: Readonly<Record<number, Words>> = {
  1: words('Întrerupere de alimentare', 'Power failure'),
  2: words('Alimentare revenită', 'Power returned'),
  3: words('Ceas actualizat', 'Clock update'),
  4: words('Ceas potrivit (ora veche)', 'Clock adjusted old time'),
  5: words('Ceas potrivit (ora nouă)', 'Clock adjusted new time'),
  6: words('Ceas nevalid', 'Clock invalid'),
  7: words('Înlocuiți bateria', 'Replace battery'),
  8: words('Tensiunea bateriei scăzută', 'Battery voltage low'),
  9: words('Tarif activat', 'Tariff activated'),
  10: words('Registru de erori șters', 'Error register cleared'),
  11: words('Registru de alarme șters', 'Alarm register cleared'),
  12: words('Eroare a memoriei de program', 'Hardware error program memory'),
  13: words('Eroare a memoriei RAM', 'Hardware error RAM'),
  14: words('Eroare a memoriei nevolatile', 'Hardware error NV memory'),
  15: words('Eroare de watchdog', 'Watchdog error'),
  16: words('Eroare a sistemului de măsurare', 'Hardware error measurement system'),
  17: words('Firmware pregătit de activare', 'Firmware ready for activation'),
  18: words('Firmware activat', 'Firmware activated'),
  19: words('Tarif pasiv actualizat', 'Passive tariff updated'),
  20: words(
    'Autoverificare reușită după actualizarea firmware-ului',
    'Successful selfcheck after firmware update',
  ),
  21: words('Modul de comunicație scos', 'Communication module removed'),
  22: words('Modul de comunicație introdus', 'Communication module inserted'),
  23: words('Registru de erori 2 șters', 'Error register 2 cleared'),
  24: words('Registru de alarme 2 șters', 'Alarm register 2 cleared'),
  40: words('Capacul bornelor scos', 'Terminal cover removed'),
  41: words('Capacul bornelor închis', 'Terminal cover closed'),
  42: words('Câmp magnetic continuu puternic', 'Strong DC field detected'),
  43: words('Câmpul magnetic a dispărut', 'No strong DC field anymore'),
  44: words('Capacul contorului scos', 'Meter cover removed'),
  45: words('Capacul contorului închis', 'Meter cover closed'),
  46: words('Autentificare eșuată', 'Failed login attempt'),
  47: words('Configurare modificată', 'Configuration change'),
  48: words('Capacul modulului deschis', 'Module cover opened'),
  49: words('Capacul modulului închis', 'Module cover closed'),
  51: words('THD peste limită L1', 'THD over limit L1'),
  52: words('THD peste limită L2', 'THD over limit L2'),
  53: words('THD peste limită L3', 'THD over limit L3'),
  54: words('THD normal L1', 'THD normal L1'),
  55: words('THD normal L2', 'THD normal L2'),
  56: words('THD normal L3', 'THD normal L3'),
  57: words('THD mult timp peste limită L1', 'THD long over limit L1'),
  58: words('THD mult timp peste limită L2', 'THD long over limit L2'),
  59: words('THD mult timp peste limită L3', 'THD long over limit L3'),
  71: words('Întreținere metrologică', 'Metrological maintenance'),
  72: words('Întreținere tehnică', 'Technical maintenance'),
  73: words('Citire de indexuri, electricitate', 'Retrieve meter readings e'),
  74: words('Citire de indexuri, gaz', 'Retrieve meter readings g'),
  75: words('Citire de intervale, electricitate', 'Retrieve interval data e'),
  76: words('Citire de intervale, gaz', 'Retrieve interval data g'),
  77: words('Tensiune scăzută L1', 'Under voltage L1'),
  78: words('Tensiune scăzută L2', 'Under voltage L2'),
  79: words('Tensiune scăzută L3', 'Under voltage L3'),
  80: words('Gol de tensiune L1', 'Voltage sag L1'),
  81: words('Gol de tensiune L2', 'Voltage sag L2'),
  82: words('Gol de tensiune L3', 'Voltage sag L3'),
  83: words('Supratensiune L1', 'Voltage swell L1'),
  84: words('Supratensiune L2', 'Voltage swell L2'),
  85: words('Supratensiune L3', 'Voltage swell L3'),
  86: words('Lipsa fazei L1', 'Phase outage L1'),
  87: words('Lipsa fazei L2', 'Phase outage L2'),
  88: words('Lipsa fazei L3', 'Phase outage L3'),
  89: words('Test de întrerupere pe faze', 'Phase outage test'),
  90: words('Faza revenită L1', 'Phase returned L1'),
  91: words('Faza revenită L2', 'Phase returned L2'),
  92: words('Faza revenită L3', 'Phase returned L3'),
  93: words('Gol de tensiune L1', 'Voltage sag in phase L1'),
  94: words('Gol de tensiune L2', 'Voltage sag in phase L2'),
  95: words('Gol de tensiune L3', 'Voltage sag in phase L3'),
  96: words('Supratensiune L1', 'Voltage swell in phase L1'),
  97: words('Supratensiune L2', 'Voltage swell in phase L2'),
  98: words('Supratensiune L3', 'Voltage swell in phase L3'),
  255: words('Jurnal de evenimente șters', 'Eventlog cleared'),
}

/** What SMR 5 meters mean by codes that DSMR meters use otherwise. */
const smrEvents: Readonly<Record<number, Words>> = {
  80: words('Tensiune ridicată L1', 'Over voltage L1'),
  81: words('Tensiune ridicată L2', 'Over voltage L2'),
  82: words('Tensiune ridicată L3', 'Over voltage L3'),
  83: words('Tensiune normală L1', 'Voltage L1 normal'),
  84: words('Tensiune normală L2', 'Voltage L2 normal'),
  85: words('Tensiune normală L3', 'Voltage L3 normal'),
}

// 100 + 10 · (channel − 1) + n
const channelEvents: readonly Words[] = [
  words('Eroare de comunicație M-Bus', 'M-Bus communication error'),
  words('Comunicație M-Bus în ordine', 'M-Bus communication restored'),
  words('Înlocuiți bateria dispozitivului M-Bus', 'Replace the battery of the M-Bus device'),
  words('Tentativă de fraudă la dispozitivul M-Bus', 'Fraud attempt at the M-Bus device'),
  words('Ceasul dispozitivului M-Bus potrivit', 'Clock of the M-Bus device adjusted'),
  words('Dispozitiv M-Bus nou', 'New M-Bus device discovered'),
  words('Eroare permanentă a dispozitivului M-Bus', 'Permanent error of the M-Bus device'),
  words('Baterie descărcată la dispozitivul M-Bus', 'Dead battery of the M-Bus device'),
]

/** Name of an event code of a log; undefined for manufacturer specific (230…249) and unknown codes. */
export function eventName(
  code: number,
  language: NameLanguage = 'ro',
  family: 'dsmr' | 'smr' = 'dsmr',
): string | undefined {
  if (code >= 100 && code < 140) {
    const event = channelEvents[code % 10]
    const channel = Math.floor(code / 10) - 9
    return event && `${event[language]}, ${language === 'ro' ? 'canalul' : 'channel'} ${channel}`
  }
  const own = family === 'smr' ? smrEvents[code] : undefined
  return (own ?? events[code])?.[language]
}
