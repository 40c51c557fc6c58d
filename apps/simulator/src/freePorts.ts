import { createServer } from 'node:net'

/**
 * A run of ports that is free, below those that the system hands out: a number from `listen(0)` may be another's
 * outgoing connection a moment later.
 * @returns the first of `count` ports in a row
 */
export async function freePorts(count = 1): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const base = 12_000 + Math.floor(Math.random() * 19_000)
    const free = await Promise.all(Array.from({ length: count }, (_, n) => isFree(base + n)))
    if (free.every(Boolean)) return base
  }
  throw new Error(`no ${count} free ports in a row`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
