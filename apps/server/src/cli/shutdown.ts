/** Steps that undo a start, run once in reverse order at SIGINT, SIGTERM or a failure. */
export interface Shutdown {
  add(step: () => Promise<unknown>): void
  run(code: number): Promise<never>
  readonly requested: boolean
}

export function createShutdown(say: (text: string) => void): Shutdown {
  const steps: (() => Promise<unknown>)[] = []
  let running: Promise<never> | undefined
  const run = (code: number): Promise<never> => {
    running ??= (async () => {
      for (const step of steps.reverse())
        await step().catch((error: unknown) =>
          process.stderr.write(`While stopping: ${error instanceof Error ? error.message : error}\n`),
        )
      process.exit(code)
    })()
    return running
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (running) process.exit(130) // asked twice: at once
      say('Stopping …')
      void run(0)
    })
  return {
    add: (step) => steps.push(step),
    run,
    get requested() {
      return running !== undefined
    },
  }
}
