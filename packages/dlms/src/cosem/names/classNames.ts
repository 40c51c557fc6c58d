// Interface classes and their attributes in words. English names are the book's; the classes that the book has
// and this package does not declare are named here too, so that a reader of an object list sees what is there.

import { attributeOf, classOf, methodOf } from '../classes/registry.ts'
import { attributeWords, methodWords } from './attributeWords.ts'
import type { NameLanguage } from './words.ts'

const romanian: Readonly<Record<number, string>> = {
  1: 'Date',
  3: 'Registru',
  4: 'Registru extins',
  5: 'Registru de putere medie',
  6: 'Activarea registrelor',
  7: 'Profil',
  8: 'Ceas',
  9: 'Tabel de scripturi',
  10: 'Program orar',
  11: 'Tabelul zilelor speciale',
  12: 'Asociere prin nume scurte',
  15: 'Asociere prin nume logice',
  17: 'Lista dispozitivelor logice',
  18: 'Transferul imaginii',
  19: 'Portul local IEC',
  20: 'Calendar de activitate',
  21: 'Monitor de registru',
  22: 'Program cu o singură acțiune',
  23: 'Configurarea HDLC',
  24: 'Configurarea perechii torsadate',
  25: 'Portul M-Bus de sclav',
  26: 'Tabele ANSI C12.19',
  27: 'Configurarea modemului',
  28: 'Răspuns automat',
  29: 'Apelare automată',
  30: 'Protecția datelor',
  40: 'Configurarea transmiterii (push)',
  41: 'Configurarea TCP-UDP',
  42: 'Configurarea IPv4',
  43: 'Adresa MAC',
  44: 'Configurarea PPP',
  45: 'Configurarea modemului GPRS',
  46: 'Configurarea SMTP',
  47: 'Diagnoza rețelei mobile',
  48: 'Configurarea IPv6',
  50: 'Configurarea S-FSK',
  51: 'Inițiatorul S-FSK activ',
  52: 'Timpii de sincronizare S-FSK',
  53: 'Contoarele S-FSK',
  55: 'Configurarea LLC IEC 61334-4-32',
  56: 'Lista de raportare S-FSK',
  57: 'Configurarea LLC tip 1',
  58: 'Configurarea LLC tip 2',
  59: 'Configurarea LLC tip 3',
  61: 'Tabel de registre',
  62: 'Date compacte',
  63: 'Semnificația stării',
  64: 'Configurarea securității',
  65: 'Monitor de parametri',
  66: 'Monitorizarea datelor de măsurare',
  67: 'Gestionarea senzorului',
  68: 'Arbitru',
  70: 'Releu de deconectare',
  71: 'Limitator',
  72: 'Client M-Bus',
  73: 'Canal radio mod Q',
  74: 'Portul M-Bus principal',
  76: 'Portul M-Bus al serverului DLMS',
  77: 'Diagnoză M-Bus',
  80: 'Configurarea LLC PRIME',
  81: 'Contoarele nivelului fizic PRIME',
  82: 'Configurarea MAC PRIME',
  83: 'Parametrii MAC PRIME',
  84: 'Contoarele MAC PRIME',
  85: 'Administrarea rețelei PRIME',
  86: 'Identificarea aplicației PRIME',
  90: 'Contoarele MAC G3',
  91: 'Configurarea MAC G3',
  92: 'Configurarea 6LoWPAN G3',
  95: 'Configurarea Wi-SUN',
  96: 'Diagnoză Wi-SUN',
  97: 'Diagnoză RPL',
  98: 'Diagnoză MPL',
  100: 'Configurarea NTP',
  101: 'Pornirea ZigBee',
  102: 'Alăturarea ZigBee',
  103: 'Fragmentarea APS ZigBee',
  104: 'Controlul rețelei ZigBee',
  105: 'Configurarea tunelului ZigBee',
  111: 'Cont',
  112: 'Credit',
  113: 'Taxă',
  115: 'Poarta de jetoane',
  116: 'Atribute IEC 62055-41',
  122: 'Controlul funcțiilor',
  123: 'Gestionarea tablourilor',
  124: 'Protecția portului de comunicație',
  126: 'Configurarea SCHC-LPWAN',
  127: 'Diagnoză SCHC-LPWAN',
  128: 'Configurarea LoRaWAN',
  129: 'Diagnoză LoRaWAN',
  130: 'Identificarea ISO/IEC 14908',
  131: 'Configurarea protocolului ISO/IEC 14908',
  132: 'Starea protocolului ISO/IEC 14908',
  133: 'Diagnoză ISO/IEC 14908',
  140: 'Configurarea MAC HS-PLC ISO/IEC 12139-1',
  141: 'Configurarea CPAS HS-PLC ISO/IEC 12139-1',
  142: 'Configurarea IP SSAS HS-PLC ISO/IEC 12139-1',
  143: 'Configurarea HDLC SSAS HS-PLC ISO/IEC 12139-1',
  151: 'Monitorizarea LTE',
  152: 'Configurarea CoAP',
  153: 'Diagnoză CoAP',
  160: 'Contoarele MAC radio G3 hibrid',
  161: 'Configurarea MAC radio G3 hibrid',
  162: 'Configurarea 6LoWPAN G3 hibrid',
}

const undeclared: Readonly<Record<number, string>> = {
  96: 'Wi-SUN diagnostic',
  160: 'G3-PLC Hybrid RF MAC layer counters',
}

/** Name of an interface class; undefined for numbers that the book has not given out. */
export function className(id: number, language: NameLanguage = 'ro'): string | undefined {
  const english = classOf(id)?.name ?? undeclared[id]
  return language === 'ro' ? (romanian[id] ?? english) : english
}

/** 'capture objects' or 'obiecte captate'; undefined for attributes that are not declared. */
export function attributeLabel(
  classId: number,
  attribute: number,
  language: NameLanguage = 'ro',
): string | undefined {
  const found = attributeOf(classId, attribute)
  if (!found) return undefined
  return (language === 'ro' ? attributeWords[found.key] : undefined) ?? found.name.replaceAll('_', ' ')
}

/** The same for a method. */
export function methodLabel(
  classId: number,
  method: number,
  language: NameLanguage = 'ro',
): string | undefined {
  const found = methodOf(classId, method)
  if (!found) return undefined
  return (language === 'ro' ? methodWords[found.key] : undefined) ?? found.name.replaceAll('_', ' ')
}
