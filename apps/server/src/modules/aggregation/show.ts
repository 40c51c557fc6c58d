// A curve as JSON columns and as CSV.

import type { Channel } from '@contor/intervals'
import { z } from 'zod'
import type { Aggregate } from './aggregate.ts'
import { resolutions } from './buckets.ts'

export const aggregateSchema = z.object({
  members: z.number().int(),
  from: z.string(),
  to: z.string(),
  channel: z.string(),
  resolution: z.enum(resolutions),
  unit: z.enum(['Wh', 'varh']),
  end: z.string(),
  /** Columns: one element of each per bucket. */
  starts: z.array(z.string()),
  values: z.array(z.number().int()),
  expected: z.array(z.number().int()),
  present: z.array(z.number().int()),
  notMeasured: z.array(z.number().int()),
})
type Range = { from: string; to: string; channel: Channel; resolution: (typeof resolutions)[number] }

export function showAggregate(
  { from, to, channel, resolution }: Range,
  sum: Aggregate,
): z.infer<typeof aggregateSchema> {
  return {
    members: sum.members,
    from,
    to,
    channel,
    resolution,
    unit: unitOf(channel),
    end: new Date(sum.end).toISOString(),
    starts: Array.from(sum.starts, (at) => new Date(at).toISOString()),
    values: [...sum.sums],
    expected: [...sum.expected],
    present: [...sum.present],
    notMeasured: [...sum.notMeasured],
  }
}

const unitOf = (channel: Channel) => (channel.startsWith('A') ? ('Wh' as const) : ('varh' as const))

/** The curve as lines of text: what a spreadsheet opens. */
export function aggregateCsv(sum: Aggregate, channel: Channel): string {
  const unit = unitOf(channel)
  const lines = [`start,${unit},expected,present,notMeasured`]
  for (let i = 0; i < sum.starts.length; i++)
    lines.push(
      `${new Date(sum.starts[i]).toISOString()},${sum.sums[i]},${sum.expected[i]},${sum.present[i]},${sum.notMeasured[i]}`,
    )
  return `${lines.join('\r\n')}\r\n`
}
