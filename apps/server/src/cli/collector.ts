import { setTimeout as sleep } from 'node:timers/promises'
import { pushOptions, startCollector } from '../modules/acquisition/index.ts'
import { loadVerifier } from '../modules/commands/index.ts'
import { recomputeStale } from '../modules/losses/index.ts'
import type { Config } from '../platform/config.ts'
import type { Services } from '../platform/http/app.ts'

const BALANCE_PAUSE_MS = 2_000

/** The collecting process: acquisition, and beside it the balances of the days that it changes. */
export async function runCollector(
  services: Services,
  { dataDir, modelsDir }: Pick<Config, 'dataDir' | 'modelsDir'>,
): Promise<{ stop(): Promise<void> }> {
  const controller = new AbortController()
  const collector = await startCollector({
    ...services,
    modelsDir,
    verifier: await loadVerifier(dataDir),
    push: pushOptions(),
  })
  const balances = keepBalances(services, controller.signal)
  return {
    async stop() {
      controller.abort()
      await Promise.all([collector.stop(), balances])
    },
  }
}

async function keepBalances({ db, log }: Services, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await recomputeStale(db, signal).catch((error: unknown) => {
      if (!signal.aborted) log.error({ err: error }, 'balances failed')
    })
    await sleep(BALANCE_PAUSE_MS, undefined, { signal }).catch(() => {})
  }
}
