// Finds a Chromium for the browser tests; on Debian as root it installs the package when there is none.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const candidates = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** Path of a Chromium; throws with the remedy when none is there and none can be installed. */
export async function ensureBrowser() {
  const found = () => [process.env.CONTOR_BROWSER, ...candidates].find((path) => path && existsSync(path))
  if (found()) return found()
  if (process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    process.stdout.write('Installing Chromium for the browser tests (Debian package chromium) …\n')
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    spawnSync('apt-get', ['update', '-qq'], { stdio: 'inherit', env })
    spawnSync('apt-get', ['install', '-y', '-qq', 'chromium'], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env,
    })
    if (found()) return found()
  }
  throw new Error(
    'No Chromium found for the browser tests. Install one (Debian: apt-get install chromium) or set CONTOR_BROWSER to its path.',
  )
}
