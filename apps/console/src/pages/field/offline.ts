// The service worker of this page, and nothing else of the console, keeps its files.

/** @returns whether the page will open without a signal */
export async function keepPage(): Promise<boolean> {
  if (!('serviceWorker' in navigator)) return false
  // Both languages: nobody changes them where there is a signal only.
  await Promise.all([import('../../i18n/ro.json'), import('../../i18n/en.json')])
  const registration = await navigator.serviceWorker.register('/field-sw.js', { scope: '/field' })
  const worker = registration.active ?? (await navigator.serviceWorker.ready).active
  if (!worker) return false
  const files = performance
    .getEntriesByType('resource')
    .map(({ name }) => new URL(name))
    .filter(({ origin, pathname }) => origin === location.origin && pathname.startsWith('/assets/'))
    .map(({ pathname }) => pathname)
  return new Promise((resolve) => {
    navigator.serviceWorker.addEventListener(
      'message',
      (event) => resolve((event.data as { kept?: boolean }).kept === true),
      { once: true },
    )
    worker.postMessage({ keep: [...new Set(files)] })
  })
}
