import { createIdentity, registerAccessRoutes, registerAuthentication } from '../modules/access/index.ts'
import { registerAcquisitionRoutes } from '../modules/acquisition/index.ts'
import { registerAggregationRoutes } from '../modules/aggregation/index.ts'
import { registerGuardRoutes, type Signer } from '../modules/commands/index.ts'
import { registerEstimationRoutes } from '../modules/estimation/index.ts'
import { registerFieldRoutes } from '../modules/field/index.ts'
import { registerInterruptionRoutes } from '../modules/interruptions/index.ts'
import { registerLegalRoutes } from '../modules/legal/index.ts'
import { registerLossesRoutes } from '../modules/losses/index.ts'
import { registerMessageRoutes } from '../modules/messages/index.ts'
import { registerNetworkRoutes } from '../modules/network/index.ts'
import { createOrderClock, endDeviceControls, registerOrderRoutes } from '../modules/orders/index.ts'
import { registerPowerRoutes } from '../modules/power/index.ts'
import { registerReadingsRoutes } from '../modules/readings/index.ts'
import { registerTrancheRoutes } from '../modules/tranches/index.ts'
import { registerTransfersRoutes } from '../modules/transfers/index.ts'
import { registerValidationRoutes } from '../modules/validation/index.ts'
import type { App, Services } from '../platform/http/app.ts'
import { registerConsole } from '../platform/http/console.ts'
import { answerNotFound } from '../platform/http/errorHandler.ts'
import { registerHealthRoutes, registerMetricsRoute } from '../platform/http/health.ts'
import { createMetrics } from '../platform/http/metrics.ts'
import { createHttp, registerDocs } from '../platform/http/server.ts'
import type { Db } from '../platform/index.ts'

export interface AppOptions {
  readonly services: Services
  readonly authDb: Db
  readonly secret: string
  readonly baseUrl: string
  /** Where received files lie. */
  readonly dataDir: string
  /** Signs commands for meters: held by this process alone. */
  readonly signer: Signer
  /** Serve the web application too. */
  readonly console: boolean
}

/** The whole HTTP interface: every module's routes under /api, the docs, the metrics, the console. */
export async function createApp(options: AppOptions): Promise<App> {
  const { services } = options
  const identity = createIdentity(options)
  const app = await createHttp(services.log)
  const registry = createMetrics(app)
  registerAuthentication(app, services, identity)
  await app.register(
    async (scope) => {
      const api = scope as unknown as App
      registerHealthRoutes(api, services)
      registerAccessRoutes(api, services, identity)
      registerNetworkRoutes(api, services)
      registerReadingsRoutes(api, services)
      registerValidationRoutes(api, services)
      registerEstimationRoutes(api, services)
      registerAcquisitionRoutes(api, services)
      registerLossesRoutes(api, services)
      registerAggregationRoutes(api, services)
      registerLegalRoutes(api, services)
      const signing = { ...services, signer: options.signer }
      registerOrderRoutes(api, signing)
      registerGuardRoutes(api, signing)
      registerFieldRoutes(api, signing)
      registerPowerRoutes(api, signing)
      registerMessageRoutes(api, services)
      const clock = createOrderClock(services.db, services.demo)
      registerTrancheRoutes(api, { ...signing, now: clock.now })
      registerInterruptionRoutes(api, { ...services, now: clock.now })
      registerTransfersRoutes(api, {
        ...services,
        dataDir: options.dataDir,
        nouns: { EndDeviceControls: endDeviceControls(signing) },
      })
    },
    { prefix: '/api' },
  )
  registerMetricsRoute(app, registry)
  await registerDocs(app)
  if (options.console) await registerConsole(app)
  else app.setNotFoundHandler(answerNotFound)
  return app
}
