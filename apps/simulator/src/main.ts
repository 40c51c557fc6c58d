// contor simulate: a virtual neighbourhood for as long as the process lives.
import { parseArgs } from 'node:util'
import { faultTable } from './faults.ts'
import { buildNeighbourhood } from './neighbourhood.ts'
import { startNeighbourhood } from './start.ts'

const help = `Usage: contor simulate [options]

A virtual neighbourhood: each meter is a DLMS/COSEM server of its own on loopback TCP.

Options:
  --meters N    metering points behind the station, 1 to 5000 (default 200)
  --port P      port of the balance meter; meter i listens on P + i (default 14059)
  --seed S      the same seed gives the same people, keys, curves and faults (default 1)
  --state FILE  where counters, clocks and relays survive a restart
  --list        print the installation list with keys as JSON, and end
  --json        print progress as JSON lines
  --help        this text

Clients: 16 public (clock, names, counter), 2 reading (password), 1 management (HLS-GMAC, suite 0).
`

function whole(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback
  const number = Number(text)
  if (Number.isInteger(number) && number >= 0) return number
  process.stderr.write(`--${name} is '${text}'; give a whole number. See --help.\n`)
  process.exit(2)
}

async function main(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      meters: { type: 'string' },
      port: { type: 'string' },
      seed: { type: 'string' },
      state: { type: 'string' },
      list: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return
  }
  const neighbourhood = buildNeighbourhood({
    meters: whole('meters', values.meters, 200),
    seed: whole('seed', values.seed, 1),
    basePort: whole('port', values.port, 14_059),
  })
  if (values.list) {
    const hex = (_: string, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value
    process.stdout.write(`${JSON.stringify(neighbourhood, hex, 1)}\n`)
    return
  }
  const running = await startNeighbourhood(neighbourhood, { stateFile: values.state })
  const meters = neighbourhood.points.filter((point) => point.meter !== undefined)
  const ports = meters.map((point) => point.meter!.port)
  const faulty = meters.filter((point) => point.meter?.fault !== undefined).length
  if (values.json) {
    process.stdout.write(
      `${JSON.stringify({ ready: true, meters: meters.length, firstPort: ports[0], faulty })}\n`,
    )
  } else {
    process.stdout.write(
      `${neighbourhood.station.name}: ${meters.length} meters on 127.0.0.1:${ports[0]}–${ports.at(-1)}, ` +
        `${faulty} with one of ${faultTable.length} faults, installed on ${running.installedOn}. Ctrl-C ends it.\n`,
    )
  }
  process.send?.({ type: 'ready' })
  const end = async () => {
    await running.close()
    process.exit(0)
  }
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
  // Under a parent the neighbourhood lives no longer than the parent does.
  if (process.send !== undefined) process.on('disconnect', end)
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}
