// The service worker of this page, and nothing else of the console, keeps its files.

/** @returns whether the page will open without a signal */
export async function keepPage(): Promise<boolean> {
  if (!('serviceWorker' in navigator)) return false
  // Both languages: nobody changes them where there is a signal only.
  await Promise.all([import('../../i18n/ro.json'), import('../../i18n/en.json')])
  const registration = await navigator.serviceWorker.register('/field-sw.js', { scope: '/field' })
  const worker = await activeWorker(registration)
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

// `navigator.serviceWorker.ready` waits for ever in a document that was opened at another address, as after a sign-in.
async function activeWorker(registration: ServiceWorkerRegistration): Promise<ServiceWorker> {
  const coming = registration.installing ?? registration.waiting
  if (coming && coming.state !== 'activated')
    await new Promise<void>((resolve) => {
      coming.addEventListener('statechange', () => {
        if (coming.state === 'activated' || coming.state === 'redundant') resolve()
      })
    })
  const worker = registration.active
  if (!worker) throw new Error('the service worker of the page did not start')
  return worker
}
