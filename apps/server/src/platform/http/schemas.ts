import { z } from 'zod'

/** Shapes that every route shares. */
export const idSchema = z.string().regex(/^[1-9]\d{0,18}$/, 'a decimal id')
export const civilDaySchema = z.iso.date()
export const instantSchema = z.iso.datetime()
export const idParams = z.object({ id: idSchema })
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(500).optional(),
})

export const errorSchema = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    field: z.string().optional(),
    value: z.unknown().optional(),
    remedy: z.string().optional(),
  }),
})

/** `{items, nextCursor}`; nextCursor is null on the last page. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() })
}
export function listOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item) })
}
