// `contor aggregate`: the sum of a set of points, for people at a terminal and for scripts.

import { channels } from '@contor/intervals'
import { type Command, Option } from 'commander'
import { ContorError, civilDaySchema, type Db, systemActor } from '../../platform/index.ts'
import { type Aggregate, aggregate } from './aggregate.ts'
import { type BucketSize, resolutions } from './buckets.ts'
import type { PointSet } from './set.ts'
import { aggregateCsv } from './show.ts'
import { virtualCurve } from './virtual/store.ts'

type Options = {
  station?: string
  feeder?: string
  zone?: string
  supplier?: string
  kind?: NonNullable<PointSet['kind']>
  readingMode?: NonNullable<PointSet['readingMode']>
  points?: string
  virtual?: string
  channel: (typeof channels)[number]
  resolution: BucketSize
}

/** Adds `aggregate FROM TO`; the answer is CSV. */
export function registerAggregate(
  program: Command,
  withDatabase: <T>(fn: (db: Db) => Promise<T>) => Promise<T>,
): void {
  program
    .command('aggregate')
    .description('the sum of a set of points, or what a virtual meter counted, as CSV')
    .argument('<from>', 'first civil day YYYY-MM-DD')
    .argument('<to>', 'last civil day')
    .option('--station <code>', 'points of a station')
    .option('--feeder <name>', 'points of a feeder')
    .option('--zone <name>', 'points of a zone')
    .option('--supplier <name>', 'points of a supplier')
    .addOption(
      new Option('--kind <kind>', 'kind of point').choices(['household', 'business', 'public', 'balance']),
    )
    .addOption(new Option('--reading-mode <mode>', 'how they are read').choices(['smart', 'amr', 'manual']))
    .option('--points <pods>', 'PODs, separated by commas')
    .option('--virtual <code>', 'a virtual meter instead of a set')
    .addOption(new Option('--channel <channel>', 'channel of a set').choices([...channels]).default('A+'))
    .addOption(new Option('--resolution <size>', 'size of a step').choices([...resolutions]).default('1h'))
    .action(async (from: string, to: string, options: Options) => {
      for (const [field, value] of Object.entries({ from, to }))
        if (!civilDaySchema.safeParse(value).success)
          throw new ContorError('invalid-request', `${value} is not a civil day`, {
            field,
            value,
            remedy: 'Write YYYY-MM-DD.',
          })
      const { channel, sum } = await withDatabase((db) => ask(db, from, to, options))
      process.stdout.write(aggregateCsv(sum, channel))
    })
}

async function ask(
  db: Db,
  from: string,
  to: string,
  { virtual, points, channel, resolution, ...set }: Options,
): Promise<{ channel: Options['channel']; sum: Aggregate }> {
  if (virtual !== undefined) {
    const sum = await virtualCurve(db, systemActor, virtual, from, to, resolution)
    return { channel: sum.channel, sum }
  }
  const named: PointSet = { ...set, ...(points !== undefined && { points: [...new Set(points.split(','))] }) }
  return { channel, sum: await aggregate(db, systemActor, { set: named, from, to, channel, resolution }) }
}
