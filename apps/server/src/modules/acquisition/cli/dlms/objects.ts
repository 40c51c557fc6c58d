// get, set, action, objects, profile: what every meter has, by name and number.

import {
  type AttributeDescriptor,
  associationLn,
  associationSn,
  classOf,
  loadModel,
  obisName,
  objectListEntries,
} from '@contor/dlms'
import type { Command } from 'commander'
import { createDlmsDriver } from '../../drivers/dlms/driver.ts'
import { objectsOf } from '../../drivers/dlms/objects.ts'
import { createJournal } from '../../journal.ts'
import { dataOf, instant, integer, obisOf } from './input.ts'
import { type Meter, refusal, withMeter } from './meter.ts'
import { type Options, withConnection } from './options.ts'
import { dataText, plainData, print, table } from './output.ts'

type AttributeOptions = Options & { obis: string; class: string; attr: string; value?: string }

export function registerObjects(dlms: Command): void {
  withConnection(dlms.command('get').description('Read an attribute'))
    .requiredOption('--obis <code>', 'logical name, e.g. 1.0.1.8.0.255', obisOf('--obis'))
    .requiredOption('--class <id>', 'class id, e.g. 3')
    .option('--attr <index>', 'attribute index', '2')
    .addHelpText(
      'after',
      '\nExample: contor dlms get --port 14060 --client 16 --obis 0.0.42.0.0.255 --class 1 --attr 2',
    )
    .action((options: AttributeOptions) =>
      withMeter(options, async ({ connection }) => {
        const { event } = await connection.get(attributeOf(options))
        const [result] = event.results
        if (!result?.ok) throw refusal('--obis', result?.result ?? 'nothing')
        print(options, plainData(result.data), dataText(result.data))
      }),
    )
  withConnection(dlms.command('set').description('Write an attribute'))
    .requiredOption('--obis <code>', 'logical name', obisOf('--obis'))
    .requiredOption('--class <id>', 'class id')
    .option('--attr <index>', 'attribute index', '2')
    .requiredOption('--value <hex>', 'the value as A-XDR in hex, e.g. 0600001f40')
    .action((options: AttributeOptions) =>
      withMeter(options, async ({ connection }) => {
        const { event } = await connection.set({
          attribute: attributeOf(options),
          data: dataOf(options.value ?? ''),
        })
        const result = event.results[0]?.result ?? 'no answer'
        print(options, { result }, result)
        if (result !== 'success') process.exitCode = 1
      }),
    )
  withConnection(dlms.command('action').description('Invoke a method'))
    .requiredOption('--obis <code>', 'logical name', obisOf('--obis'))
    .requiredOption('--class <id>', 'class id')
    .option('--attr <index>', 'method index', '1')
    .option('--value <hex>', 'parameters as A-XDR in hex; none when left out')
    .action((options: AttributeOptions) =>
      withMeter(options, async ({ connection }) => {
        const method = {
          classId: integer(options.class, '--class'),
          obis: options.obis,
          method: integer(options.attr, '--attr'),
        }
        const { event } = await connection.action({
          method,
          ...(options.value ? { data: dataOf(options.value) } : {}),
        })
        const outcome = event.results[0]
        print(
          options,
          { result: outcome?.result, ...(outcome?.data ? { data: plainData(outcome.data) } : {}) },
          outcome?.result ?? 'no answer',
        )
        if (!outcome?.ok) process.exitCode = 1
      }),
    )
  withConnection(dlms.command('objects').description('List the objects that the association sees')).action(
    (options: Options) =>
      withMeter(options, async (meter) => {
        const entries = await readObjects(meter, options.shortNames ?? false)
        print(
          options,
          entries.map(({ classId, version, obis: name }) => ({ classId, version, obis: name })),
          table(
            entries.map((entry) => [
              String(entry.classId).padStart(4),
              `v${entry.version}`,
              entry.obis,
              classOf(entry.classId, entry.version)?.name ?? '',
              obisName(entry.obis, 'en'),
            ]),
          ),
        )
      }),
  )
  withConnection(dlms.command('profile').description('Read the load profile'))
    .requiredOption('--from <instant>', 'first instant, ISO 8601', instant)
    .option('--to <instant>', 'last instant, ISO 8601; default now', instant, Date.now())
    .action((options: Options & { from: number; to: number }) =>
      withMeter(options, (meter) => printProfile(options, meter)),
    )
}

/** The object list of the association, by logical or short names. */
export async function readObjects(meter: Meter, shortNames: boolean) {
  const handle = shortNames
    ? associationSn('0.0.40.0.0.255').objectList
    : associationLn('0.0.40.0.0.255').objectList
  const { event } = await meter.connection.get(handle)
  const [result] = event.results
  if (!result?.ok) throw refusal('object_list', result?.result ?? 'nothing')
  return objectListEntries(result.data).entries
}

async function printProfile(
  options: Options & { from: number; to: number },
  { connection }: Meter,
): Promise<void> {
  let id = 0
  const journal = createJournal({ next: async () => ++id })
  const driver = createDlmsDriver({
    connection,
    journal,
    keyVersion: null,
    objects: objectsOf(await loadModel('contor-neighbourhood')),
  })
  const rows = await driver.readProfile({ from: options.from, to: options.to })
  const entries = Array.from(rows.ends, (end, i) => ({
    end: Number.isNaN(end) ? null : new Date(end).toISOString(),
    status: rows.status?.[i] ?? null,
    ...Object.fromEntries(
      rows.channels.map((c) => [c.channel, Number.isNaN(c.values[i]) ? null : c.values[i]]),
    ),
  }))
  print(options, entries, entries.map((e) => Object.values(e).join('\t')).join('\n'))
}

function attributeOf(options: AttributeOptions): AttributeDescriptor {
  return {
    classId: integer(options.class, '--class'),
    obis: options.obis,
    attribute: integer(options.attr, '--attr'),
  }
}
