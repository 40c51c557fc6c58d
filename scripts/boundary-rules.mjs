// What may import what. Each rule is a sentence of ARCHITECTURE.md.
const tests = '\\.test\\.ts$'

export const forbidden = [
  {
    name: 'libraries-do-no-io',
    comment: 'packages/ have no sockets, no database, no clock of their own: no node:* and no dependency.',
    severity: 'error',
    from: { path: '^packages/[^/]+/src', pathNot: `${tests}|^packages/dlms/src/providers/` },
    to: { pathNot: '^packages/' },
  },
  {
    name: 'crypto-providers-compute-only',
    comment: 'The ready-made crypto providers reach OpenSSL or noble, and nothing else.',
    severity: 'error',
    from: { path: '^packages/dlms/src/providers/', pathNot: tests },
    to: { pathNot: '^packages/dlms/|^(node:)?crypto$|node_modules/@noble/' },
  },
  {
    name: 'codecs-know-no-provider',
    comment: 'Cryptography is injected: nothing in the library imports a provider.',
    severity: 'error',
    from: { path: '^packages/dlms/src/', pathNot: `${tests}|^packages/dlms/src/providers/` },
    to: { path: '^packages/dlms/src/providers/' },
  },
  {
    name: 'libraries-know-no-application',
    severity: 'error',
    from: { path: '^packages/' },
    to: { path: '^(apps|e2e|bench)/' },
  },
  {
    name: 'packages-meet-at-the-door',
    comment: 'Another package is reached through its index.ts only.',
    severity: 'error',
    from: { path: '^((?:packages|apps)/[^/]+)/' },
    to: {
      path: '^(packages|apps)/[^/]+/src/',
      pathNot: [
        '^$1/',
        '^(packages|apps)/[^/]+/src/index\\.ts$',
        '^packages/dlms/src/providers/(node|web)\\.ts$',
        '^packages/dlms/src/stream/index\\.ts$',
      ],
    },
  },
  {
    name: 'modules-meet-at-the-door',
    comment: 'A server module is reached through its index.ts only.',
    severity: 'error',
    from: { path: '^apps/server/src/modules/([^/]+)/' },
    to: {
      path: '^apps/server/src/modules/[^/]+/',
      pathNot: ['^apps/server/src/modules/$1/', '/index\\.ts$', '/testing/'],
    },
  },
  {
    name: 'the-shell-uses-doors',
    comment: 'main, cli and platform reach a module through its index.ts only.',
    severity: 'error',
    from: { path: '^apps/server/src/(main|index|cli|platform)', pathNot: tests },
    to: { path: '^apps/server/src/modules/[^/]+/', pathNot: '/index\\.ts$' },
  },
  {
    name: 'platform-knows-no-module',
    severity: 'error',
    from: { path: '^apps/server/src/platform/', pathNot: `${tests}|/testing/` },
    to: { path: '^apps/server/src/modules/' },
  },
  {
    name: 'data-goes-one-way',
    comment:
      'network ← readings ← validation ← estimation; acquisition may use readings, validation and network, never the other way round.',
    severity: 'error',
    from: {
      path: '^apps/server/src/modules/(network|readings|access|legal|validation|estimation)/',
      // A folder testing/ may stand up the whole application.
      pathNot: `${tests}|/testing/`,
    },
    to: {
      path: '^apps/server/src/modules/(acquisition|losses|aggregation|transfers|commands|messages|power|orders|field)/',
    },
  },
  {
    name: 'commands-know-no-order',
    comment:
      'What leaves for a relay knows neither why nor how it gets there: orders and acquisition use it.',
    severity: 'error',
    from: { path: '^apps/server/src/modules/commands/', pathNot: tests },
    to: {
      path: '^apps/server/src/modules/(orders|power|field|messages|acquisition|readings|validation|estimation)/',
    },
  },
  {
    name: 'messages-know-no-cause',
    comment: 'Whoever has something to tell writes a message; messages know only how to bring it.',
    severity: 'error',
    from: { path: '^apps/server/src/modules/messages/', pathNot: tests },
    to: { path: '^apps/server/src/modules/(?!messages/|access/)' },
  },
  {
    name: 'nobody-reaches-into-power',
    severity: 'error',
    from: { path: '^apps/server/src/modules/(?!power/)', pathNot: `${tests}|/testing/` },
    to: { path: '^apps/server/src/modules/power/' },
  },
  {
    name: 'nobody-reaches-into-orders',
    comment: 'Orders stand above all: a module that wants one asked for leaves a fact that orders read.',
    severity: 'error',
    // Field work is how orders are executed by hand: it reports to them, and asks for the one that gives supply back.
    from: { path: '^apps/server/src/modules/(?!orders/|field/)', pathNot: tests },
    to: { path: '^apps/server/src/modules/orders/' },
  },
  {
    name: 'readings-judge-nothing',
    comment: 'What is stored knows neither the rules that judge it nor the values that stand in for it.',
    severity: 'error',
    from: { path: '^apps/server/src/modules/(network|readings|access)/', pathNot: tests },
    to: { path: '^apps/server/src/modules/(validation|estimation)/' },
  },
  {
    name: 'validation-makes-no-value',
    severity: 'error',
    from: { path: '^apps/server/src/modules/validation/', pathNot: tests },
    to: { path: '^apps/server/src/modules/estimation/' },
  },
  {
    name: 'no-cycles',
    severity: 'error',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
]
