// Checks the boundaries of ARCHITECTURE.md on every import, then proves that the check can fail:
// a canary file with a forbidden import is written into a scratch copy of the rules' world and must be caught.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cruise } from 'dependency-cruiser'
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config'
import { forbidden } from './boundary-rules.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
process.chdir(root)
const canaryFolder = 'apps/server/src/modules/boundary-canary'
const canaries = {
  'modules-meet-at-the-door': `import '../network/listMeteringPoints.ts'\n`,
  'libraries-do-no-io': `import 'node:fs'\n`,
}

async function violations(paths) {
  const result = await cruise(
    paths,
    {
      ruleSet: { forbidden },
      validate: true,
      doNotFollow: { path: 'node_modules' },
      tsPreCompilationDeps: true,
      exclude: { path: '(^|/)(dist|node_modules)/' },
    },
    {
      extensions: ['.ts', '.tsx', '.mjs', '.js'],
      conditionNames: ['import', 'types'],
      exportsFields: ['exports'],
    },
    { tsConfig: extractTSConfig('./tsconfig.json') },
  )
  return result.output
}

const { summary } = await violations(['packages', 'apps/server/src', 'apps/simulator/src', 'e2e', 'bench'])
const broken = summary.violations.filter((violation) => violation.rule.severity === 'error')
for (const { rule, from, to } of broken) process.stdout.write(`✖ ${rule.name}: ${from} → ${to}\n`)

const missed = []
const canaryFiles = [
  [join(canaryFolder, 'canary.ts'), canaries['modules-meet-at-the-door'], 'modules-meet-at-the-door'],
  ['packages/intervals/src/boundary-canary.ts', canaries['libraries-do-no-io'], 'libraries-do-no-io'],
]
try {
  mkdirSync(canaryFolder, { recursive: true })
  for (const [file, text] of canaryFiles) writeFileSync(file, text)
  const { summary: alarmed } = await violations(canaryFiles.map(([file]) => file))
  for (const [file, , rule] of canaryFiles) {
    const caught = alarmed.violations.some(
      (violation) => violation.rule.name === rule && violation.from === file,
    )
    if (!caught) missed.push(`${rule} did not catch its canary`)
  }
} finally {
  rmSync(canaryFolder, { recursive: true, force: true })
  for (const [file] of canaryFiles) rmSync(file, { force: true })
}
for (const text of missed) process.stdout.write(`✖ ${text}\n`)
process.stdout.write(
  `${summary.totalCruised} files, ${summary.totalDependenciesCruised} imports, ${broken.length} across a boundary\n`,
)
process.exit(broken.length + missed.length === 0 ? 0 : 1)
