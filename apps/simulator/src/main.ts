// contor simulate: a virtual neighbourhood for as long as the process lives.
import { parseArgs } from 'node:util'
import { faultTable } from './faults.ts'
import { buildNeighbourhood } from './neighbourhood.ts'
import { residentCommand } from './resident/command.ts'
import { controlPath, openControl } from './resident/control.ts'
import { startNeighbourhood } from './start.ts'
import { startZoo, type ZooEntry, zooKinds, zooList } from './zoo/index.ts'

const help = `Usage: contor simulate [options]

A virtual neighbourhood: each meter is a DLMS/COSEM server of its own on loopback TCP.

Options:
  --meters N    metering points behind the station, 1 to 5000 (default 200)
  --port P      port of the balance meter; meter i listens on P + i (default 14059)
  --seed S      the same seed gives the same people, keys, curves and faults (default 1)
  --state FILE  where counters, clocks and relays survive a restart; contor resident finds it there
  --list        print the installation list with keys as JSON, and end
  --zoo         one device of each other kind instead, each on a port of its own from P on (default 15059);
                with --list: what each is and how it is reached, as JSON
  --push-to H:P where the zoo's pushing meter sends its messages
  --json        print progress as JSON lines
  --help        this text

Beside a running one: contor resident … and contor simulate fault METER KIND [N] (contor resident --help).

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
  if (argv[0] === 'resident' || argv[0] === 'fault') {
    process.exitCode = await residentCommand(argv[0] === 'fault' ? argv : argv.slice(1))
    return
  }
  const { values } = parseArgs({
    args: [...argv],
    options: {
      meters: { type: 'string' },
      port: { type: 'string' },
      seed: { type: 'string' },
      state: { type: 'string' },
      list: { type: 'boolean' },
      zoo: { type: 'boolean' },
      'push-to': { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return
  }
  if (values.zoo) {
    await zoo(whole('port', values.port, 15_059), values)
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
  const serials = new Map(neighbourhood.points.map(({ pod, meter }) => [pod, meter?.serial ?? pod]))
  const residents =
    values.state === undefined
      ? undefined
      : await openControl(
          controlPath(values.state),
          (name) => running.meters.get(serials.get(name) ?? name)?.household.resident,
        )
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
  live(async () => {
    await residents?.close()
    await running.close()
  })
}

/** Tells the parent, if there is one, and ends with it or with a signal. */
function live(close: () => Promise<void>): void {
  process.send?.({ type: 'ready' })
  const end = async () => {
    await close()
    process.exit(0)
  }
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
  // Under a parent the devices live no longer than the parent does.
  if (process.send !== undefined) process.on('disconnect', end)
}

async function zoo(
  basePort: number,
  values: { list?: boolean | undefined; json?: boolean | undefined; 'push-to'?: string | undefined },
): Promise<void> {
  if (basePort < 1_024 || basePort + zooKinds.length > 65_535)
    throw new RangeError(`--port is ${basePort}; the zoo takes ${zooKinds.length} ports from 1,024 to 65,535`)
  const list = zooList({ basePort })
  if (values.list) {
    process.stdout.write(`${JSON.stringify(list, undefined, 1)}\n`)
    return
  }
  const running = await startZoo({ basePort, pushTo: pushTarget(values['push-to']) })
  if (values.json) process.stdout.write(`${JSON.stringify({ ready: true, devices: list })}\n`)
  else for (const one of list) process.stdout.write(`${lines(one).join('\n')}\n`)
  live(() => running.close())
}

function lines({ name, what, transport, host, port, reach }: ZooEntry): string[] {
  const words = Object.entries(reach).map(
    ([key, value]) => `${key}=${typeof value === 'object' ? JSON.stringify(value) : value}`,
  )
  return [`${name}  ${transport}://${host}:${port}  ${what}`, `  ${words.join(' ')}`]
}

function pushTarget(text: string | undefined): { host: string; port: number } | undefined {
  if (text === undefined) return undefined
  const [, host, digits] = /^(.+):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (host !== undefined && port >= 1 && port <= 65_535) return { host, port }
  process.stderr.write(`--push-to is '${text}'; give host:port, as 127.0.0.1:4059. See --help.\n`)
  process.exit(2)
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}
