// What the phone keeps: the route, forms as they stand, photos. Written at every change; what was sent is removed.
import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import type { Draft, Photo, Route } from './types.ts'

interface FieldDb extends DBSchema {
  route: { key: 'route'; value: Route }
  drafts: { key: string; value: Draft }
  photos: { key: string; value: Photo; indexes: { visit: string } }
}

let opened: Promise<IDBPDatabase<FieldDb>> | undefined
function db(): Promise<IDBPDatabase<FieldDb>> {
  opened ??= openDB<FieldDb>('contor-field', 1, {
    upgrade(fresh) {
      fresh.createObjectStore('route')
      fresh.createObjectStore('drafts', { keyPath: 'visitId' })
      fresh.createObjectStore('photos', { keyPath: 'id' }).createIndex('visit', 'visitId')
    },
  })
  return opened
}

export const loadRoute = async (): Promise<Route | undefined> => (await db()).get('route', 'route')
export const saveRoute = async (route: Route): Promise<void> => {
  await (await db()).put('route', route, 'route')
}
export const loadDrafts = async (): Promise<Draft[]> => (await db()).getAll('drafts')
export const saveDraft = async (draft: Draft): Promise<void> => {
  await (await db()).put('drafts', draft)
}
export const photosOf = async (visitId: string): Promise<Photo[]> =>
  (await db()).getAllFromIndex('photos', 'visit', visitId)
export const savePhoto = async (photo: Photo): Promise<void> => {
  await (await db()).put('photos', photo)
}
export const deletePhoto = async (id: string): Promise<void> => {
  await (await db()).delete('photos', id)
}
/** Takes everything of a person off the phone; forms of somebody else stay until they are sent. */
export async function forget(subject: string): Promise<void> {
  const all = await db()
  for (const draft of await loadDrafts()) {
    if (draft.subject !== subject) continue
    for (const { id } of await photosOf(draft.visitId)) await deletePhoto(id)
    await all.delete('drafts', draft.visitId)
  }
  await all.clear('route')
}
