import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const simulatorScript = join(
  dirname(fileURLToPath(import.meta.resolve('@contor/simulator'))),
  'main.ts',
)

/** `contor simulate`: hands over to the simulator's own command. @returns its exit code */
export function simulate(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', simulatorScript, ...args], {
    stdio: 'inherit',
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)))
}
