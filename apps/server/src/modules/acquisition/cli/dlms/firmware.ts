// firmware: sending an image to a meter block by block, verifying and activating it (Blue Book 4.4.6, class 18).

import { setTimeout as wait } from 'node:timers/promises'
import { dataObject, imageTransfer } from '@contor/dlms'
import type { Command } from 'commander'
import { ContorError } from '../../../../platform/index.ts'
import { bad, integer, obisOf, read } from './input.ts'
import { type Meter, refusal, withMeter } from './meter.ts'
import { type Options, withConnection } from './options.ts'
import { dataText, octetsText, print } from './output.ts'

type FirmwareOptions = Options & {
  obis: string
  versionObis: string
  send?: string
  identifier?: string
  verify?: boolean
  activate?: boolean
  patience: string
}

const temporary = 'temporary-failure'
const pollMs = 1_000

export function registerFirmware(dlms: Command): void {
  withConnection(
    dlms.command('firmware').description('Show the image transfer; send, verify, activate an image'),
  )
    .option('--obis <code>', 'logical name of the image transfer', obisOf('--obis'), '0.0.44.0.0.255')
    .option(
      '--version-obis <code>',
      'where the meter tells its firmware',
      obisOf('--version-obis'),
      '1.0.0.2.0.255',
    )
    .option('--send <file>', 'the image; a transfer that broke off goes on where it stopped')
    .option('--identifier <text>', "the image's identifier, as its maker gave it; needed with --send")
    .option('--verify', 'let the meter check the image')
    .option('--activate', 'let the meter change over to the image')
    .option('--patience <seconds>', 'how long the meter may take to verify or activate', '120')
    .action((options: FirmwareOptions) =>
      withMeter(options, async (meter) => {
        const object = imageTransfer(options.obis)
        if (options.send) {
          if (!options.identifier) throw bad('--identifier', '', "the image's identifier")
          await send(meter, object, await read(options.send, '--send'), options.identifier)
        }
        const patienceMs = integer(options.patience, '--patience', 86_400) * 1_000
        if (options.verify) await finish(meter, object.imageVerify(), 'image_verify', patienceMs)
        if (options.activate) await finish(meter, object.imageActivate(), 'image_activate', patienceMs)
        await show(meter, object, options)
      }),
    )
}

type ImageTransfer = ReturnType<typeof imageTransfer>

async function send(
  meter: Meter,
  object: ImageTransfer,
  image: Uint8Array,
  identifier: string,
): Promise<void> {
  if (!(await meter.read(object.imageTransferEnabled)))
    throw new ContorError('invalid-request', 'the meter does not allow image transfers', {
      field: 'image_transfer_enabled',
      remedy: 'Write true to attribute 5 of the image transfer, if you may.',
    })
  const blockSize = await meter.read(object.imageBlockSize)
  if (blockSize < 1) throw refusal('image_block_size', String(blockSize))
  const blocks = Math.ceil(image.length / blockSize)
  let block = 0
  if (await underWay(meter, object, image.length, identifier))
    block = Math.min(blocks, await meter.read(object.imageFirstNotTransferredBlockNumber))
  else
    await meter.invoke(
      object.imageTransferInitiate({ identifier: new TextEncoder().encode(identifier), size: image.length }),
      'image_transfer_initiate',
    )
  // What the meter itself says is missing is sent, until nothing is: a block may be lost inside the meter too.
  for (let rounds = 0; block < blocks; rounds++) {
    if (rounds > 2) throw refusal('image_first_not_transferred_block_number', String(block))
    for (; block < blocks; block++) {
      const part = image.subarray(block * blockSize, (block + 1) * blockSize)
      await meter.invoke(
        object.imageBlockTransfer({ number: block, block: part }),
        `image_block_transfer ${block} of ${blocks}`,
      )
      if (process.stderr.isTTY) process.stderr.write(`\r${block + 1} of ${blocks} blocks`)
    }
    block = await meter.read(object.imageFirstNotTransferredBlockNumber)
  }
  if (process.stderr.isTTY) process.stderr.write('\n')
}

/** True when this very image was begun before. */
async function underWay(
  meter: Meter,
  object: ImageTransfer,
  size: number,
  identifier: string,
): Promise<boolean> {
  if ((await meter.read(object.imageTransferStatus)) !== 'image transfer initiated') return false
  const info = await meter.tryRead(object.imageToActivateInfo)
  if (!info.ok) return false
  const wanted = Buffer.from(identifier)
  return info.value.some((image) => image.size === size && wanted.equals(Buffer.from(image.identification)))
}

/** A meter that needs longer than one answer says so, and is asked again what became of it (Blue Book 4.4.6.2). */
async function finish(
  meter: Meter,
  request: Parameters<Meter['connection']['action']>[0],
  name: string,
  patienceMs: number,
): Promise<void> {
  const until = Date.now() + patienceMs
  for (;;) {
    const { event } = await meter.connection.action(request)
    const outcome = event.results[0]
    if (outcome?.ok) return
    if (outcome?.result !== temporary || Date.now() > until)
      throw refusal(name, outcome?.result ?? 'no answer')
    await wait(pollMs)
  }
}

async function show(meter: Meter, object: ImageTransfer, options: FirmwareOptions): Promise<void> {
  const status = await meter.read(object.imageTransferStatus)
  const next = await meter.tryRead(object.imageFirstNotTransferredBlockNumber)
  const images = await meter.tryRead(object.imageToActivateInfo)
  const version = await meter.tryRead(dataObject(options.versionObis).value)
  const state = {
    firmware: version.ok ? dataText(version.value) : null,
    status,
    firstMissingBlock: next.ok ? next.value : null,
    images: images.ok
      ? images.value.map(({ size, identification, signature }) => ({
          size,
          identification: octetsText(identification),
          signature: octetsText(signature),
        }))
      : [],
  }
  print(
    options,
    state,
    [
      `firmware ${state.firmware ?? 'not readable'}`,
      String(status),
      `first missing block: ${state.firstMissingBlock ?? 'not readable'}`,
      ...state.images.map((image) => `image ${image.identification}, ${image.size} bytes`),
    ].join('\n'),
  )
}
