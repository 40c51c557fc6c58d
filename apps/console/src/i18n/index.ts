import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'

export type Language = 'ro' | 'en'
const stored = 'contor-language'

const load: Record<Language, () => Promise<{ default: Record<string, unknown> }>> = {
  ro: () => import('./ro.json'),
  en: () => import('./en.json'),
}

function chosen(): Language {
  try {
    return localStorage.getItem(stored) === 'en' ? 'en' : 'ro'
  } catch {
    return 'ro'
  }
}

/** Loads only the language in use; the other one comes when somebody asks for it. */
export async function startI18n(): Promise<void> {
  const language = chosen()
  const words = await load[language]()
  await i18next.use(initReactI18next).init({
    lng: language,
    resources: { [language]: { translation: words.default } },
    interpolation: { escapeValue: false },
    returnNull: false,
    showSupportNotice: false,
  } as Parameters<typeof i18next.init>[0])
  document.documentElement.lang = language
}

export async function changeLanguage(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, 'translation')) {
    const words = await load[language]()
    i18next.addResourceBundle(language, 'translation', words.default)
  }
  await i18next.changeLanguage(language)
  document.documentElement.lang = language
  try {
    localStorage.setItem(stored, language)
  } catch {
    // Private windows may refuse storage; the choice then lasts for this visit.
  }
}
