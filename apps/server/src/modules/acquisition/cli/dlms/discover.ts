// discover: what an unknown meter says of itself, as the first draft of a meter model.

import { writeFile } from 'node:fs/promises'
import { type AttributeDescriptor, type DataResult, discoveryReads, draftModel } from '@contor/dlms'
import type { Command } from 'commander'
import { integer, oneOf } from './input.ts'
import { type Meter, withMeter } from './meter.ts'
import { readObjects } from './objects.ts'
import { formats, linkOf, mechanisms, type Options, policies, usesHdlc, withConnection } from './options.ts'

type DiscoverOptions = Options & { id: string; title?: string; out?: string }

export function registerDiscover(dlms: Command): void {
  withConnection(
    dlms.command('discover').description('Draft a meter model from what the meter says of itself'),
  )
    .option('--id <id>', 'id of the model: small letters, digits, dots and hyphens', 'draft')
    .option('--title <text>', 'what people call the meter')
    .option('--out <file>', 'write the model there; left out, it is printed')
    .action((options: DiscoverOptions) =>
      withMeter(options, async (meter) => {
        const entries = await readObjects(meter, options.shortNames ?? false)
        const reads = await readOneByOne(meter, discoveryReads(entries))
        const title = meter.connection.associated?.serverSystemTitle
        const model = draftModel(entries, {
          id: options.id,
          title: options.title ?? options.id,
          transport: transportOf(options),
          association: associationOf(options),
          ...(title && { manufacturer: String.fromCharCode(...title.subarray(0, 3)) }),
          reads,
        })
        const text = `${JSON.stringify(model, null, 2)}\n`
        if (options.out) await writeFile(options.out, text)
        else process.stdout.write(text)
        const questions = model.openQuestions ?? []
        process.stderr.write(
          `${entries.length} objects, ${model.profiles?.length ?? 0} profiles, ${model.registers?.length ?? 0} registers.\n${
            questions.length === 0 ? '' : `Open questions:\n${questions.map((q) => `  - ${q}\n`).join('')}`
          }`,
        )
      }),
    )
}

/** One attribute at a time: a meter that is not known yet may refuse lists. */
async function readOneByOne(meter: Meter, handles: ReturnType<typeof discoveryReads>) {
  const reads: { attribute: AttributeDescriptor; result: DataResult }[] = []
  for (const attribute of handles) {
    const { event } = await meter.connection.get(attribute)
    const [result] = event.results
    if (result) reads.push({ attribute, result })
  }
  return reads
}

type Model = Parameters<typeof draftModel>[1]

function transportOf(options: Options): Model['transport'] {
  const { serverAddress } = linkOf(options)
  const network = usesHdlc(options) ? 'hdlc-tcp' : options.udp ? 'wrapper-udp' : 'wrapper-tcp'
  const kind = options.serial ? 'hdlc-serial' : network
  return {
    kind,
    serverAddress,
    ...(options.port && !options.serial && { port: integer(options.port, '--port', 65_535) }),
    ...(options.physical && { physicalAddress: integer(options.physical, '--physical', 0x3fff) }),
    ...(options.serial && { baud: integer(options.baud, '--baud', 921_600) }),
  }
}

function associationOf(options: Options): Model['association'] {
  const clientAddress = integer(options.client, '--client', 0x7f)
  const ciphered = options.keys !== undefined || options.encryptionKey !== undefined
  return {
    purpose: clientAddress === 16 ? 'public' : clientAddress === 1 ? 'management' : 'reading',
    clientAddress,
    mechanism: oneOf(options.auth, '--auth', mechanisms),
    ...(ciphered && {
      ciphering: {
        suite: Number(options.suite) as 0 | 1 | 2,
        policy: oneOf(options.policy, '--policy', policies),
        service: serviceOf[oneOf(options.ciphering, '--ciphering', formats)],
      },
    }),
  }
}

const serviceOf = {
  global: 'global',
  'general-global': 'general-global',
  dedicated: 'dedicated',
  'general-dedicated': 'general-dedicated',
  general: 'general-ciphering',
} as const
