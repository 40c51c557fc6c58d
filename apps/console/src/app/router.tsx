import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router'
import { ApiError, whenSignedOut } from '../api/client.ts'
import { meQuery } from '../api/queries.ts'
import { NotFound, RouteError, RoutePending } from './routeStates.tsx'
import { Shell } from './Shell.tsx'
import {
  collectionSearch,
  deliveriesSearch,
  editsSearch,
  exceptionsSearch,
  exchangesSearch,
  fieldSearch,
  gapsSearch,
  lossesSearch,
  messagesSearch,
  networkSearch,
  ordersSearch,
  placesFor,
  pointSearch,
  powerSearch,
  ruleSearch,
  rulesSearch,
  shellSearch,
  signInSearch,
  stationSearch,
  sumsSearch,
  tokensSearch,
  trancheSearch,
  transfersSearch,
} from './search.ts'

const rootRoute = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: Outlet,
  notFoundComponent: NotFound,
})

export const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: signInSearch,
  component: lazyRouteComponent(() => import('../pages/signIn/SignInPage.tsx'), 'SignInPage'),
})

/** Open to everyone: it works in the browser alone. */
export const decodeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/decode',
  component: lazyRouteComponent(() => import('../pages/decode/DecodePage.tsx'), 'DecodePage'),
})

/** The crew's page stands outside the shell: it opens without asking the server who is there. */
export const fieldRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/field',
  validateSearch: fieldSearch,
  component: lazyRouteComponent(() => import('../pages/field/FieldPage.tsx'), 'FieldPage'),
})

/** Everything behind the sign-in. The trace and read drawers are part of every address below it. */
export const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'shell',
  validateSearch: shellSearch,
  beforeLoad: async ({ context, location }) => {
    try {
      return { me: await context.queryClient.ensureQueryData(meQuery) }
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        throw redirect({ to: '/sign-in', search: { to: location.href } })
      }
      throw error
    }
  },
  component: Shell,
  errorComponent: RouteError,
  pendingComponent: RoutePending,
})

const indexRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/',
  beforeLoad: ({ context }) => {
    throw redirect({ to: placesFor(context.me)[0].to })
  },
})

export const collectionRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/collection',
  validateSearch: collectionSearch,
  component: lazyRouteComponent(() => import('../pages/collection/CollectionPage.tsx'), 'CollectionPage'),
})
export const networkRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/network',
  validateSearch: networkSearch,
  component: lazyRouteComponent(() => import('../pages/network/NetworkPage.tsx'), 'NetworkPage'),
})
export const stationRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/network/$stationId',
  validateSearch: stationSearch,
  component: lazyRouteComponent(() => import('../pages/network/StationPage.tsx'), 'StationPage'),
})
export const pointRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/points/$pointId',
  validateSearch: pointSearch,
  component: lazyRouteComponent(() => import('../pages/point/PointPage.tsx'), 'PointPage'),
})
export const lossesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/losses',
  validateSearch: lossesSearch,
  component: lazyRouteComponent(() => import('../pages/losses/LossesPage.tsx'), 'LossesPage'),
})
export const gapsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/gaps',
  validateSearch: gapsSearch,
  component: lazyRouteComponent(() => import('../pages/gaps/GapsPage.tsx'), 'GapsPage'),
})
export const exceptionsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/exceptions',
  validateSearch: exceptionsSearch,
  component: lazyRouteComponent(() => import('../pages/exceptions/ExceptionsPage.tsx'), 'ExceptionsPage'),
})
export const rulesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/rules',
  validateSearch: rulesSearch,
  component: lazyRouteComponent(() => import('../pages/rules/RulesPage.tsx'), 'RulesPage'),
})
export const ruleRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/rules/$rule',
  validateSearch: ruleSearch,
  component: lazyRouteComponent(() => import('../pages/rules/RulePage.tsx'), 'RulePage'),
})
export const editsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/edits',
  validateSearch: editsSearch,
  component: lazyRouteComponent(() => import('../pages/edits/EditsPage.tsx'), 'EditsPage'),
})
export const sumsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/sums',
  validateSearch: sumsSearch,
  component: lazyRouteComponent(() => import('../pages/sums/SumsPage.tsx'), 'SumsPage'),
})
export const transfersRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/transfers',
  validateSearch: transfersSearch,
  component: lazyRouteComponent(() => import('../pages/transfers/TransfersPage.tsx'), 'TransfersPage'),
})
export const deliveriesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/deliveries',
  validateSearch: deliveriesSearch,
  component: lazyRouteComponent(() => import('../pages/deliveries/DeliveriesPage.tsx'), 'DeliveriesPage'),
})
export const ordersRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/orders',
  validateSearch: ordersSearch,
  component: lazyRouteComponent(() => import('../pages/orders/OrdersPage.tsx'), 'OrdersPage'),
})
export const orderRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/orders/$orderId',
  component: lazyRouteComponent(() => import('../pages/orders/OrderPage.tsx'), 'OrderPage'),
})
export const powerRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/power',
  validateSearch: powerSearch,
  component: lazyRouteComponent(() => import('../pages/power/PowerPage.tsx'), 'PowerPage'),
})
export const powerCaseRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/power/$caseId',
  component: lazyRouteComponent(() => import('../pages/power/CasePage.tsx'), 'CasePage'),
})
export const exchangesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/exchanges',
  validateSearch: exchangesSearch,
  component: lazyRouteComponent(() => import('../pages/exchanges/ExchangesPage.tsx'), 'ExchangesPage'),
})
export const messagesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/messages',
  validateSearch: messagesSearch,
  component: lazyRouteComponent(() => import('../pages/messages/MessagesPage.tsx'), 'MessagesPage'),
})
export const tranchesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/tranches',
  component: lazyRouteComponent(() => import('../pages/tranches/TranchesPage.tsx'), 'TranchesPage'),
})
export const trancheRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/tranches/$code',
  validateSearch: trancheSearch,
  component: lazyRouteComponent(() => import('../pages/tranches/TranchePage.tsx'), 'TranchePage'),
})
export const limitationRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/limitations/$runId',
  component: lazyRouteComponent(() => import('../pages/tranches/RunPage.tsx'), 'RunPage'),
})
export const interruptionsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/interruptions',
  component: lazyRouteComponent(
    () => import('../pages/interruptions/InterruptionsPage.tsx'),
    'InterruptionsPage',
  ),
})
export const tokensRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/tokens',
  validateSearch: tokensSearch,
  component: lazyRouteComponent(() => import('../pages/tokens/TokensPage.tsx'), 'TokensPage'),
})

const routeTree = rootRoute.addChildren([
  signInRoute,
  decodeRoute,
  fieldRoute,
  shellRoute.addChildren([
    indexRoute,
    collectionRoute,
    networkRoute,
    stationRoute,
    pointRoute,
    lossesRoute,
    gapsRoute,
    exceptionsRoute,
    rulesRoute,
    ruleRoute,
    editsRoute,
    sumsRoute,
    transfersRoute,
    deliveriesRoute,
    ordersRoute,
    orderRoute,
    powerRoute,
    powerCaseRoute,
    tranchesRoute,
    trancheRoute,
    limitationRoute,
    interruptionsRoute,
    exchangesRoute,
    messagesRoute,
    tokensRoute,
  ]),
])

export function createAppRouter(queryClient: QueryClient) {
  const router = createRouter({
    routeTree,
    context: { queryClient },
    defaultPreload: 'intent',
    defaultErrorComponent: RouteError,
    defaultPendingComponent: RoutePending,
    defaultPendingMs: 300,
    scrollRestoration: true,
  })
  whenSignedOut(() => {
    const { href, pathname } = router.state.location
    queryClient.removeQueries({ queryKey: meQuery.queryKey })
    if (pathname !== '/sign-in') void router.navigate({ to: '/sign-in', search: { to: href } })
  })
  return router
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}
