// Photos of a visit: kept as they came, with their digest. They show a person's home; who looks at one is on record.

import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { ContorError, type Trx } from '../../platform/index.ts'
import { maxPhotos } from './record.ts'
import type { Visit } from './visits.ts'

export const maxPhotoBytes = 3 * 1024 * 1024
/** A larger PNG would take more memory than its bytes tell. */
const maxPngPixels = 12_000_000

export type MediaType = 'image/jpeg' | 'image/png'

export interface Photo {
  readonly id: string
  readonly mediaType: MediaType
  readonly content: Buffer
  readonly sha256: Buffer
}

/** What the bytes are, whatever the sender called them. @throws ContorError 'invalid-request' */
export function mediaTypeOf(content: Buffer): MediaType {
  if (content.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff]))) return 'image/jpeg'
  const png = content.subarray(0, 8).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]))
  if (png && content.length > 33) {
    const pixels = content.readUInt32BE(16) * content.readUInt32BE(20)
    if (pixels > 0 && pixels <= maxPngPixels) return 'image/png'
  }
  throw new ContorError('invalid-request', 'This is no photo', {
    field: 'body',
    value: `${content.length} bytes`,
    remedy: `Send a JPEG, or a PNG of at most ${maxPngPixels / 1e6} million pixels, of at most 3 MB.`,
  })
}

/**
 * @returns the digest in hex; the same photo sent again is the same photo
 * @throws ContorError 'conflict' for another photo of the same id, or when the visit has as many as it may
 */
export async function storePhoto(
  trx: Trx,
  visit: Visit,
  subject: string,
  id: string,
  content: Buffer,
): Promise<string> {
  const mediaType = mediaTypeOf(content)
  const sha256 = createHash('sha256').update(content).digest()
  await sql`select 1 from contor.field_visit where metering_point_id = ${visit.meteringPointId} and id = ${visit.id} for update`.execute(
    trx,
  )
  const { rows } = await sql<{ id: string; sha256: Buffer }>`
    select id, sha256 from contor.field_photo where metering_point_id = ${visit.meteringPointId} and visit_id = ${visit.id}`.execute(
    trx,
  )
  const known = rows.find((row) => row.id === id)
  if (known?.sha256.equals(sha256)) return sha256.toString('hex')
  if (known || rows.length >= maxPhotos)
    throw new ContorError(
      'conflict',
      known ? 'Another photo has this id' : `A visit has at most ${maxPhotos} photos`,
      { field: 'photoId', value: id, remedy: known ? 'Give each photo its own id.' : 'Leave some out.' },
    )
  await sql`
    insert into contor.field_photo (metering_point_id, visit_id, id, media_type, content, sha256, stored_by, stored_at)
    values (${visit.meteringPointId}, ${visit.id}, ${id}, ${mediaType}, ${content}, ${sha256}, ${subject}, now())`.execute(
    trx,
  )
  return sha256.toString('hex')
}

const columns = sql`id, media_type as "mediaType", content, sha256`

export async function findPhoto(trx: Trx, visit: Visit, id: string): Promise<Photo | undefined> {
  const { rows } = await sql<Photo>`
    select ${columns} from contor.field_photo
     where metering_point_id = ${visit.meteringPointId} and visit_id = ${visit.id} and id = ${id}`.execute(
    trx,
  )
  return rows[0]
}

export async function photosOf(trx: Trx, visit: Visit): Promise<Photo[]> {
  const { rows } = await sql<Photo>`
    select ${columns} from contor.field_photo where metering_point_id = ${visit.meteringPointId} and visit_id = ${visit.id}`.execute(
    trx,
  )
  return rows
}
