import { startCollector } from '../modules/acquisition/index.ts'
import type { Services } from '../platform/http/app.ts'

export function runCollector(services: Services): Promise<{ stop(): Promise<void> }> {
  return startCollector(services)
}
