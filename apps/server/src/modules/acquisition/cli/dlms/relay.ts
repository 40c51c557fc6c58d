// state, disconnect, reconnect, limiter: the switch of a meter. What opens or closes it names the meter's
// serial first, so that a wrong address leaves nobody in the dark, and reads back what became of it.

import { dataObject, disconnectControl, limiter, numberOf } from '@contor/dlms'
import type { Command } from 'commander'
import { ContorError } from '../../../../platform/index.ts'
import { bad, integer, obisOf } from './input.ts'
import { type Meter, withMeter } from './meter.ts'
import { type Options, withConnection } from './options.ts'
import { print } from './output.ts'

type RelayOptions = Options & { obis: string; serialObis: string; confirm: string }
type LimiterOptions = Options & { obis: string; threshold?: string; serialObis: string; confirm?: string }

export function registerRelay(dlms: Command): void {
  withConnection(dlms.command('state').description('Read the state of the disconnect relay'))
    .option('--obis <code>', 'logical name of the disconnect control', obisOf('--obis'), '0.0.96.3.10.255')
    .action((options: RelayOptions) => withMeter(options, (meter) => printState(meter, options)))
  for (const [verb, description] of [
    ['disconnect', 'Open the relay: the customer is without supply'],
    ['reconnect', "Let the relay close: at once, or at the customer's button, as its control mode says"],
  ] as const) {
    withConnection(dlms.command(verb).description(description))
      .requiredOption('--confirm <serial>', "the meter's serial number; nothing happens when it is another's")
      .option('--obis <code>', 'logical name of the disconnect control', obisOf('--obis'), '0.0.96.3.10.255')
      .option(
        '--serial-obis <code>',
        'where the meter tells its serial number',
        obisOf('--serial-obis'),
        '0.0.96.1.0.255',
      )
      .action((options: RelayOptions) =>
        withMeter(options, async (meter) => {
          await confirmSerial(meter, options.serialObis, options.confirm)
          const relay = disconnectControl(options.obis)
          const request = verb === 'disconnect' ? relay.remoteDisconnect() : relay.remoteReconnect()
          await meter.invoke(request, `remote_${verb}`)
          await printState(meter, options)
        }),
      )
  }
  withConnection(dlms.command('limiter').description('Read the power limiter, or write its threshold'))
    .option('--obis <code>', 'logical name of the limiter', obisOf('--obis'), '0.0.17.0.0.255')
    .option('--threshold <value>', "normal threshold, in the monitored value's unit (W as a rule)")
    .option('--confirm <serial>', "the meter's serial number; needed with --threshold")
    .option(
      '--serial-obis <code>',
      'where the meter tells its serial number',
      obisOf('--serial-obis'),
      '0.0.96.1.0.255',
    )
    .action((options: LimiterOptions) =>
      withMeter(options, async (meter) => {
        const object = limiter(options.obis)
        if (options.threshold !== undefined) {
          if (options.confirm === undefined) throw bad('--confirm', '', "the meter's serial number")
          await confirmSerial(meter, options.serialObis, options.confirm)
          const wanted = integer(options.threshold, '--threshold', 0xffff_ffff)
          // The threshold has the type of the monitored value, which differs from meter to meter.
          const stored = await meter.read(object.thresholdNormal)
          await meter.write(
            { attribute: object.thresholdNormal, data: { ...stored, value: wanted } as typeof stored },
            'threshold_normal',
          )
        }
        const [active, normal, emergency, over, emergencyActive] = await meter.tryReadAll([
          object.thresholdActive,
          object.thresholdNormal,
          object.thresholdEmergency,
          object.minOverThresholdDuration,
          object.emergencyProfileActive,
        ])
        const state = {
          thresholdActive: active.ok ? numberOf(active.value) : null,
          thresholdNormal: normal.ok ? numberOf(normal.value) : null,
          thresholdEmergency: emergency.ok ? numberOf(emergency.value) : null,
          minOverThresholdDurationS: over.ok ? over.value : null,
          emergencyProfileActive: emergencyActive.ok ? emergencyActive.value : null,
        }
        print(
          options,
          state,
          `active ${state.thresholdActive}, normal ${state.thresholdNormal}, emergency ${state.thresholdEmergency}; ` +
            `acts after ${state.minOverThresholdDurationS} s; emergency profile ${state.emergencyProfileActive ? 'active' : 'not active'}`,
        )
      }),
    )
}

async function printState(meter: Meter, options: RelayOptions): Promise<void> {
  const relay = disconnectControl(options.obis)
  const [output, control, mode] = await meter.tryReadAll([
    relay.outputState,
    relay.controlState,
    relay.controlMode,
  ])
  const state = {
    output: output.ok ? output.value : null,
    control: control.ok ? control.value : null,
    mode: mode.ok ? mode.value : null,
  }
  print(
    options,
    state,
    `relay ${state.output === null ? 'unknown' : state.output ? 'closed' : 'open'}; control state: ${state.control}; control mode ${state.mode}`,
  )
}

/** @throws ContorError when the meter is another one, or does not tell */
async function confirmSerial(meter: Meter, serialObis: string, wanted: string): Promise<void> {
  const value = await meter.read(dataObject(serialObis).value)
  const found =
    value.value instanceof Uint8Array
      ? new TextDecoder('latin1').decode(value.value)
      : String(value.value ?? '')
  if (found.trim() === wanted.trim()) return
  throw new ContorError('invalid-request', `this meter is ${found}, not ${wanted}: nothing was done`, {
    field: '--confirm',
    value: wanted,
    remedy: 'Check the address of the meter.',
  })
}
