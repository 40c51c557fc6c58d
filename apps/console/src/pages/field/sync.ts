// Between the phone and the server: the route comes down, photos and records go up. Whatever is cut off is sent again;
// the server knows a record by its id.
import { ApiError, api, toApiError } from '../../api/client.ts'
import type { Me } from '../../api/types.ts'
import { toRecord } from './record.ts'
import { deletePhoto, loadDrafts, photosOf, saveDraft, savePhoto, saveRoute } from './store.ts'
import type { Answer, Draft, Photo, Route } from './types.ts'

/** @returns the route as the server has it, kept; undefined without a signal */
export async function fetchRoute(): Promise<Route | undefined> {
  try {
    const me = await api<Me>('/me')
    const { items, facts } = await api<Pick<Route, 'items' | 'facts'>>('/field/visits')
    const route = { subject: me.subject, fetchedAt: new Date().toISOString(), items, facts }
    await saveRoute(route)
    return route
  } catch (error) {
    if (error instanceof ApiError && (error.status === 0 || error.status >= 500)) return undefined
    throw error
  }
}

/** Sends what is ready, one form after the other; stops where the signal does. */
export async function sendReady(subject: string): Promise<void> {
  // Two tabs would send everything twice: harmless, and useless.
  await navigator.locks.request('contor-field-sync', async () => {
    for (const draft of await loadDrafts())
      if (draft.state === 'ready' && draft.subject === subject && !(await sendDraft(draft))) return
  })
}

/** @returns false without a signal */
async function sendDraft(draft: Draft): Promise<boolean> {
  const photos = await photosOf(draft.visitId)
  try {
    for (const photo of photos) if (!photo.sent) await sendPhoto(photo)
    const answer = await api<Answer>(`/field/visits/${draft.visitId}/record`, {
      method: 'POST',
      body: toRecord(draft, photos),
    })
    // Signatures and words of a customer stay on no phone.
    await saveDraft({
      ...draft,
      state: 'sent',
      answer,
      error: undefined,
      note: '',
      seals: [],
      crewStrokes: [],
      customerName: '',
      customerStrokes: [],
      absent: '',
    })
    for (const { id } of photos) await deletePhoto(id)
    return true
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    if (error.status === 0 || error.status === 401 || error.status === 429 || error.status >= 500)
      return false
    await saveDraft({
      ...draft,
      state: 'refused',
      error: [error.message, error.remedy].filter(Boolean).join(' '),
    })
    return true
  }
}

async function sendPhoto(photo: Photo): Promise<void> {
  let response: Response
  try {
    response = await fetch(`/api/field/visits/${photo.visitId}/photos/${photo.id}`, {
      method: 'PUT',
      credentials: 'same-origin',
      headers: { 'content-type': photo.blob.type },
      body: photo.blob,
    })
  } catch (cause) {
    throw new ApiError(0, 'unreachable', String(cause))
  }
  if (!response.ok) throw toApiError(response.status, await response.json().catch(() => undefined))
  await savePhoto({ ...photo, sent: true })
}

const longestSide = 1_600

/** A photo small enough for a weak signal, with the digest of its bytes. */
export async function takePhoto(visitId: string, file: Blob): Promise<Photo> {
  const picture = await createImageBitmap(file)
  const scale = Math.min(1, longestSide / Math.max(picture.width, picture.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(picture.width * scale))
  canvas.height = Math.max(1, Math.round(picture.height * scale))
  canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height)
  const blob = await new Promise<Blob>((resolve, reject) =>
    canvas.toBlob((made) => (made ? resolve(made) : reject(new Error('no photo'))), 'image/jpeg', 0.8),
  )
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer()))
  const sha256 = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return { id: crypto.randomUUID(), visitId, blob, sha256, takenAt: new Date().toISOString(), sent: false }
}
