// contor resident: a hand on the button, the breaker and the kettle of one house.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { acts, controlPath, wishTo } from './control.ts'
import { type Shown, troubles } from './household.ts'

const help = `Usage: contor resident ACT METER [options]

Acts (METER is a serial number or a POD):
  show METER                      relay, control state, display, breaker, power, operations counted
  press-button METER --seconds N  holds the button (10); ten seconds close a relay that is ready
  open-breaker METER              the meter senses it and closes a relay that is ready (not on GSM)
  close-breaker METER
  load METER W|habits             what is switched on, in W; 'habits' goes back to the curve
  menu METER connect|disconnect   the menu of meters on GSM
  fault METER KIND [N]            ${troubles.join(', ')};
                                  N: times, ms or minutes

Options:
  --state FILE  memory of the running neighbourhood (CONTOR_DATA/neighbourhood.json)
  --json        print what is seen as JSON
  --help        this text
`

/** @returns the exit code */
export async function residentCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      seconds: { type: 'string' },
      state: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  const [act, meter, given, amount] = positionals
  if (values.help || act === undefined || meter === undefined || !Object.hasOwn(acts, act)) {
    process[values.help ? 'stdout' : 'stderr'].write(help)
    return values.help ? 0 : 2
  }
  const stateFile = values.state ?? join(process.env.CONTOR_DATA ?? './data', 'neighbourhood.json')
  const value = given ?? values.seconds
  const shown = await wishTo(controlPath(stateFile), {
    meter,
    act,
    ...(value !== undefined && { value }),
    ...(amount !== undefined && { amount }),
  })
  process.stdout.write(values.json ? `${JSON.stringify(shown)}\n` : told(shown))
  return 0
}

const told = (shown: Shown) =>
  `Relay ${shown.relay}, ${shown.control}; display: ${shown.display === '' ? '–' : `„${shown.display}”`}; ` +
  `breaker ${shown.breaker}; ${shown.powerW} W; opened ${shown.opened}, closed ${shown.closed}` +
  `${shown.trouble === 'none' ? '' : `; fault: ${shown.trouble}`}\n`
