// What people read, by kind of message: Romanian and English. Programs read the body instead.

export interface MessageText {
  readonly subject: string
  readonly text: string
}
type Locale = 'ro' | 'en'
type Body = Readonly<Record<string, unknown>>
type Words = (body: Body, locale: Locale) => MessageText

const say = (ro: MessageText, en: MessageText, locale: Locale) => (locale === 'ro' ? ro : en)
const of = (body: Body, key: string) =>
  body[key] === undefined || body[key] === null ? '' : String(body[key])

/** Instants as a wall clock in Romania shows them. */
function when(body: Body, key: string, locale: Locale): string {
  const at = Date.parse(of(body, key))
  if (Number.isNaN(at)) return of(body, key)
  return new Intl.DateTimeFormat(locale === 'ro' ? 'ro-RO' : 'en-GB', {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: 'Europe/Bucharest',
  }).format(at)
}

/** IL 4.1.2 and 4.3: the way back, for the kind of meter that the customer has. */
export function reconnectionSteps(readingMode: string, locale: Locale): readonly string[] {
  if (readingMode === 'amr')
    return locale === 'ro'
      ? [
          'Apăsați butonul nesigilabil al contorului (al doilea de sus) până intrați în meniu.',
          'Apăsați până apare „relay”, apoi țineți apăsat până intrați în meniul următor.',
          'Apăsați până apare „CONNECT”, apoi țineți apăsat până apare „Succes”.',
        ]
      : [
          'Press the unsealed button of the meter (second from the top) until you are in the menu.',
          'Press until “relay” is shown, then hold until you are in the next menu.',
          'Press until “CONNECT” is shown, then hold until “Succes” is shown.',
        ]
  return locale === 'ro'
    ? [
        'Verificați că nimeni nu lucrează la instalația din casă. Pe contor scrie „Putere depășită”.',
        'Țineți apăsat butonul contorului 10 secunde.',
        'Sau deconectați siguranța generală: contorul simte schimbarea și închide releul; apoi reconectați siguranța.',
      ]
    : [
        'Make sure that nobody works on the installation in the house. The meter shows “Putere depășită”.',
        'Hold the button of the meter for 10 seconds.',
        'Or switch the main breaker off: the meter feels the change and closes the relay; then switch it on again.',
      ]
}
const steps = (body: Body, locale: Locale) =>
  reconnectionSteps(of(body, 'readingMode'), locale)
    .map((line, index) => `${index + 1}. ${line}`)
    .join('\n')

const handText: Words = (body, locale) =>
  say(
    {
      subject: 'Puteți reconecta alimentarea cu energie electrică',
      text: `Contorul locului de consum ${of(body, 'pod')} este pregătit. Releul se închide numai de mâna dumneavoastră:\n${steps(body, 'ro')}`,
    },
    {
      subject: 'You can switch your electricity on again',
      text: `The meter of ${of(body, 'pod')} is ready. Its relay closes by your own hand only:\n${steps(body, 'en')}`,
    },
    locale,
  )

const texts: Readonly<Record<string, Words>> = {
  'press-button': handText,
  'press-button-reminder': handText,
  call: (body, locale) =>
    say(
      {
        subject: 'Client de sunat',
        text: `Locul de consum ${of(body, 'pod')} (ordinul ${of(body, 'order')}) este pregătit pentru reconectare, dar nimeni nu a apăsat butonul.`,
      },
      {
        subject: 'A customer to call',
        text: `${of(body, 'pod')} (order ${of(body, 'order')}) is ready to be reconnected, and nobody has pressed the button.`,
      },
      locale,
    ),
  'order-closed': (body, locale) =>
    say(
      {
        subject: `Ordin ${of(body, 'order')} încheiat`,
        text: `Ordinul ${of(body, 'order')} (${of(body, 'type')}, referința dumneavoastră ${of(body, 'reference')}) la locul de consum ${of(body, 'pod')} s-a încheiat. Locul este ${body['supplied'] === true ? 'alimentat' : 'nealimentat'}.`,
      },
      {
        subject: `Order ${of(body, 'order')} closed`,
        text: `Order ${of(body, 'order')} (${of(body, 'type')}, your reference ${of(body, 'reference')}) at ${of(body, 'pod')} is closed. The point is ${body['supplied'] === true ? 'supplied' : 'not supplied'}.`,
      },
      locale,
    ),
  'over-power': (body, locale) =>
    say(
      {
        subject: 'Putere depășită: alimentarea s-a întrerupt',
        text: `La ${when(body, 'at', 'ro')} consumul locului ${of(body, 'pod')} a depășit puterea aprobată. Opriți din aparate, apoi:\n${steps(body, 'ro')}`,
      },
      {
        subject: 'Power exceeded: your supply was interrupted',
        text: `On ${when(body, 'at', 'en')} the load of ${of(body, 'pod')} exceeded the approved power. Switch appliances off, then:\n${steps(body, 'en')}`,
      },
      locale,
    ),
  'over-power-reminder': (body, locale) =>
    say(
      {
        subject: 'Alimentarea este încă întreruptă: putere depășită',
        text: `Releul contorului de la ${of(body, 'pod')} este deschis din ${when(body, 'at', 'ro')}. Opriți din aparate, apoi:\n${steps(body, 'ro')}`,
      },
      {
        subject: 'Your supply is still interrupted: power exceeded',
        text: `The relay of the meter at ${of(body, 'pod')} has been open since ${when(body, 'at', 'en')}. Switch appliances off, then:\n${steps(body, 'en')}`,
      },
      locale,
    ),
  'over-power-call': (body, locale) =>
    say(
      {
        subject: 'Client de sunat: putere depășită',
        text: `Locul de consum ${of(body, 'pod')} este fără alimentare din ${when(body, 'at', 'ro')}, după depășirea puterii, și nimeni nu a reconectat.`,
      },
      {
        subject: 'A customer to call: power exceeded',
        text: `${of(body, 'pod')} has been without supply since ${when(body, 'at', 'en')}, after its power was exceeded, and nobody has switched it on.`,
      },
      locale,
    ),
  'over-power-ended': (body, locale) =>
    say(
      {
        subject: 'Alimentarea a revenit',
        text: `Locul de consum ${of(body, 'pod')} este din nou alimentat, de la ${when(body, 'endedAt', 'ro')}.`,
      },
      {
        subject: 'Your supply is back',
        text: `${of(body, 'pod')} has been supplied again since ${when(body, 'endedAt', 'en')}.`,
      },
      locale,
    ),
  'over-power-repeated': (body, locale) =>
    say(
      {
        subject: 'Putere depășită în mod repetat',
        text: `Puterea aprobată (${of(body, 'approvedW')} W) la ${of(body, 'pod')} a fost depășită de ${of(body, 'trips')} ori în ${of(body, 'days')} zile. Se poate cere actualizarea avizului tehnic de racordare.`,
      },
      {
        subject: 'Power exceeded again and again',
        text: `The approved power (${of(body, 'approvedW')} W) at ${of(body, 'pod')} was exceeded ${of(body, 'trips')} times in ${of(body, 'days')} days. A change of the connection permit can be asked for.`,
      },
      locale,
    ),
  'limiter-not-kept': (body, locale) =>
    say(
      {
        subject: 'Contorul nu păstrează pragul de putere',
        text: `Contorul de la ${of(body, 'pod')} are pragul ${of(body, 'thresholdW')} W în loc de ${of(body, 'approvedW')} W, și după reprogramare.`,
      },
      {
        subject: 'A meter does not keep its power limit',
        text: `The meter at ${of(body, 'pod')} has a limit of ${of(body, 'thresholdW')} W instead of ${of(body, 'approvedW')} W, also after it was programmed again.`,
      },
      locale,
    ),
  'approved-power-differs': (body, locale) =>
    say(
      {
        subject: 'Puterea din registru nu este cea aprobată',
        text: `La ${of(body, 'pod')} registrul spune ${of(body, 'registerW')} W, iar ultimul aviz ${of(body, 'approvedW')} W. Nimic nu s-a programat.`,
      },
      {
        subject: 'The power in the register is not the approved one',
        text: `At ${of(body, 'pod')} the register says ${of(body, 'registerW')} W, and the last permit ${of(body, 'approvedW')} W. Nothing was programmed.`,
      },
      locale,
    ),
  'field-darkened-after-cancel': (body, locale) =>
    say(
      {
        subject: 'Deconectat pe teren după anularea ordinului',
        text: `Echipa a deconectat ${of(body, 'pod')} la ${when(body, 'actedAt', 'ro')}, deși ordinul ${of(body, 'order')} nu mai era valabil. S-a cerut imediat reconectarea.`,
      },
      {
        subject: 'Disconnected on site after the order was cancelled',
        text: `The crew disconnected ${of(body, 'pod')} on ${when(body, 'actedAt', 'en')}, though order ${of(body, 'order')} no longer held. A reconnection was asked for at once.`,
      },
      locale,
    ),
  'field-connected-after-cancel': (body, locale) =>
    say(
      {
        subject: 'Reconectat pe teren după anularea ordinului',
        text: `Echipa a reconectat ${of(body, 'pod')} la ${when(body, 'actedAt', 'ro')}, deși ordinul ${of(body, 'order')} nu mai era valabil.`,
      },
      {
        subject: 'Connected on site after the order was cancelled',
        text: `The crew connected ${of(body, 'pod')} on ${when(body, 'actedAt', 'en')}, though order ${of(body, 'order')} no longer held.`,
      },
      locale,
    ),
  'limitation-announced': (body, locale) =>
    say(
      {
        subject: `Limitare de putere anunțată pentru ${when(body, 'startsAt', 'ro')}`,
        text: `${of(body, 'emergency') ? `Situație de urgență: ${of(body, 'emergency')}. ` : ''}De la ${when(body, 'startsAt', 'ro')} până la ${when(body, 'endsAt', 'ro')} locul de consum ${of(body, 'pod')} poate folosi cel mult ${of(body, 'limitW')} W (tranșa ${of(body, 'tranche')}, ${of(body, 'run')}). Peste această putere contorul întrerupe alimentarea.`,
      },
      {
        subject: `Limitation of power announced for ${when(body, 'startsAt', 'en')}`,
        text: `${of(body, 'emergency') ? `Emergency: ${of(body, 'emergency')}. ` : ''}From ${when(body, 'startsAt', 'en')} to ${when(body, 'endsAt', 'en')} ${of(body, 'pod')} may use ${of(body, 'limitW')} W at most (tranche ${of(body, 'tranche')}, ${of(body, 'run')}). Above it the meter interrupts the supply.`,
      },
      locale,
    ),
  'limitation-warning': (body, locale) =>
    say(
      {
        subject: `Preaviz: în ${of(body, 'warningMinutes')} minute începe limitarea de putere`,
        text: `Reduceți consumul locului ${of(body, 'pod')} la cel mult ${of(body, 'limitW')} W. După cel puțin ${of(body, 'warningMinutes')} minute contorul întrerupe alimentarea dacă puterea este depășită (${of(body, 'run')}).`,
      },
      {
        subject: `Warning: limitation of power begins in ${of(body, 'warningMinutes')} minutes`,
        text: `Reduce the load of ${of(body, 'pod')} to ${of(body, 'limitW')} W at most. After at least ${of(body, 'warningMinutes')} minutes the meter interrupts the supply if it is exceeded (${of(body, 'run')}).`,
      },
      locale,
    ),
  'limitation-lifted': (body, locale) =>
    say(
      {
        subject: 'Limitarea de putere s-a încheiat',
        text: `Locul de consum ${of(body, 'pod')} poate folosi din nou puterea aprobată (${of(body, 'run')}).`,
      },
      {
        subject: 'The limitation of power is over',
        text: `${of(body, 'pod')} may use its approved power again (${of(body, 'run')}).`,
      },
      locale,
    ),
  'limitation-cancelled': (body, locale) =>
    say(
      {
        subject: 'Limitarea de putere anunțată nu mai are loc',
        text: `Limitarea ${of(body, 'run')} la locul de consum ${of(body, 'pod')} a fost anulată.`,
      },
      {
        subject: 'The announced limitation of power is cancelled',
        text: `Limitation ${of(body, 'run')} at ${of(body, 'pod')} does not take place.`,
      },
      locale,
    ),
  'interruption-announced': (body, locale) =>
    say(
      {
        subject: `Întrerupere planificată: ${when(body, 'startsAt', 'ro')}`,
        text: `De la ${when(body, 'startsAt', 'ro')} până la ${when(body, 'endsAt', 'ro')} (durată estimată ${of(body, 'minutes')} min) locul de consum ${of(body, 'pod')} nu va fi alimentat: ${of(body, 'reason')} (${of(body, 'number')}).`,
      },
      {
        subject: `Planned interruption: ${when(body, 'startsAt', 'en')}`,
        text: `From ${when(body, 'startsAt', 'en')} to ${when(body, 'endsAt', 'en')} (estimated ${of(body, 'minutes')} min) ${of(body, 'pod')} will not be supplied: ${of(body, 'reason')} (${of(body, 'number')}).`,
      },
      locale,
    ),
  'interruption-accidental': (body, locale) =>
    say(
      {
        subject: 'Întrerupere accidentală a alimentării',
        text: `Locul de consum ${of(body, 'pod')} este nealimentat din ${when(body, 'startsAt', 'ro')}: ${of(body, 'reason')}. Realimentarea este estimată la ${when(body, 'endsAt', 'ro')} (${of(body, 'number')}).`,
      },
      {
        subject: 'Accidental interruption of supply',
        text: `${of(body, 'pod')} has had no supply since ${when(body, 'startsAt', 'en')}: ${of(body, 'reason')}. It is expected back at ${when(body, 'endsAt', 'en')} (${of(body, 'number')}).`,
      },
      locale,
    ),
  'interruption-rescheduled': (body, locale) =>
    say(
      {
        subject: `Întrerupere reprogramată: ${when(body, 'startsAt', 'ro')}`,
        text: `Întreruperea ${of(body, 'number')} la ${of(body, 'pod')} este acum planificată de la ${when(body, 'startsAt', 'ro')} până la ${when(body, 'endsAt', 'ro')}.`,
      },
      {
        subject: `Interruption rescheduled: ${when(body, 'startsAt', 'en')}`,
        text: `Interruption ${of(body, 'number')} at ${of(body, 'pod')} is planned from ${when(body, 'startsAt', 'en')} to ${when(body, 'endsAt', 'en')}.`,
      },
      locale,
    ),
  'interruption-cancelled': (body, locale) =>
    say(
      {
        subject: 'Întreruperea anunțată nu mai are loc',
        text: `Întreruperea ${of(body, 'number')} la ${of(body, 'pod')} a fost anulată.`,
      },
      {
        subject: 'The announced interruption is cancelled',
        text: `Interruption ${of(body, 'number')} at ${of(body, 'pod')} does not take place.`,
      },
      locale,
    ),
  'interruption-requested': (body, locale) =>
    say(
      {
        subject: 'Echipă de trimis: întrerupere cerută de client',
        text: `Clientul locului ${of(body, 'pod')} are un defect în instalația sa și cere întreruperea și separarea vizibilă: ${of(body, 'reason')} (${of(body, 'number')}).`,
      },
      {
        subject: 'A crew to send: interruption asked for by the customer',
        text: `The customer of ${of(body, 'pod')} has a fault in his installation and asks to be interrupted and visibly separated: ${of(body, 'reason')} (${of(body, 'number')}).`,
      },
      locale,
    ),
  'interruption-ended': (body, locale) =>
    say(
      {
        subject: 'Alimentarea a revenit',
        text: `Întreruperea ${of(body, 'number')} la ${of(body, 'pod')} s-a încheiat la ${when(body, 'endedAt', 'ro')}.`,
      },
      {
        subject: 'Your supply is back',
        text: `Interruption ${of(body, 'number')} at ${of(body, 'pod')} ended on ${when(body, 'endedAt', 'en')}.`,
      },
      locale,
    ),
}

/** The message as a letter. A kind without words of its own is told by its name and its facts. */
export function textOf(kind: string, body: Body, locale: Locale): MessageText {
  const words = texts[kind]
  if (words) return words(body, locale)
  const facts = Object.entries(body)
    .filter(([, value]) => typeof value !== 'object')
    .map(([key, value]) => `${key}: ${value}`)
  return { subject: `Contor: ${kind}`, text: facts.join('\n') }
}
