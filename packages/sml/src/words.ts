// What readers see, in Romanian; English is what the tables hold.

export type Language = 'en' | 'ro'

const romanian: Readonly<Record<string, string>> = {
  'start of the frame': 'începutul cadrului',
  'end of the frame': 'sfârșitul cadrului',
  'check sequence without inversions': 'sumă de control fără inversări',
  'hidden (secret)': 'ascuns (secret)',
  'seconds of operation': 'secunde de funcționare',
  'go on after an error': 'continuă după o eroare',
  'next group after an error': 'următorul grup după o eroare',
  'end of the group after an error': 'încheie grupul după o eroare',
  'stop at once after an error': 'oprește imediat după o eroare',
  import: 'consum',
  export: 'injecție în rețea',
}

export function translate(english: string, language: Language): string {
  return language === 'ro' ? (romanian[english] ?? english) : english
}
