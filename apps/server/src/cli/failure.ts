import { ContorError } from '../platform/errors.ts'

/** Says what failed and what to do, in words; the stack only for what we did not foresee. */
export function reportFailure(error: unknown): void {
  const lines =
    error instanceof ContorError
      ? [`${error.message}.`.replace(/([.!?:])\.$/, '$1'), error.remedy]
      : [error instanceof Error ? (error.stack ?? error.message) : String(error)]
  process.stderr.write(`${lines.filter(Boolean).join('\n')}\n`)
}
