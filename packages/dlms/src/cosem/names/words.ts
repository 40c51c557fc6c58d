// Text in the two languages of the pages.

export type NameLanguage = 'ro' | 'en'
export type Words = { readonly ro: string; readonly en: string }

export const words = (ro: string, en: string): Words => ({ ro, en })
