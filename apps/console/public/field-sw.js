// Keeps the page of the crews: it opens without a signal. Data is not kept here; the page keeps its own (IndexedDB).
const cacheName = 'contor-field-1'
const page = '/field'
const small = ['/theme.js', '/favicon.svg']

self.addEventListener('install', (event) => {
  event.waitUntil(self.skipWaiting())
})

self.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys())
        if (name.startsWith('contor-field-') && name !== cacheName) await caches.delete(name)
      await self.clients.claim()
    })(),
  )
})

// The page says which files it consists of, once it has them: page and files are of one build, and files of an earlier
// build go.
async function keep(urls) {
  const cache = await caches.open(cacheName)
  const wanted = new Set([...small, ...urls].map((url) => new URL(url, self.location.origin).href))
  for (const url of wanted) if (!(await cache.match(url))) await cache.add(url)
  await cache.put(page, await fetch(page, { cache: 'no-store' }))
  for (const request of await cache.keys())
    if (new URL(request.url).pathname.startsWith('/assets/') && !wanted.has(request.url))
      await cache.delete(request)
}

self.addEventListener('message', (event) => {
  if (!Array.isArray(event.data?.keep)) return
  event.waitUntil(
    keep(event.data.keep).then(
      () => event.source?.postMessage({ kept: true }),
      () => event.source?.postMessage({ kept: false }),
    ),
  )
})

async function orKept(request, key) {
  try {
    return await fetch(request)
  } catch (error) {
    const kept = await caches.match(key, { cacheName })
    if (kept) return kept
    throw error
  }
}

self.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== self.location.origin || pathname.startsWith('/api')) return
  if (request.mode === 'navigate') event.respondWith(orKept(request, page))
  else if (pathname.startsWith('/assets/'))
    event.respondWith(caches.match(request, { cacheName }).then((kept) => kept ?? fetch(request)))
  else if (small.includes(pathname)) event.respondWith(orKept(request, pathname))
})
