// One device of each kind, each on a port of its own, for whoever wants to try a client.

import { dlmsKinds } from './dlms.ts'
import { mbusKind, modbusKind } from './fieldbus.ts'
import { modeCKind, modeEKind } from './iec62056-21.ts'
import type { Place, Running, ZooKind } from './kind.ts'
import { pushKind } from './push.ts'
import { p1Kind, smlKind } from './streams.ts'

export type { ZooKind } from './kind.ts'

export const zooKinds: readonly ZooKind[] = [
  ...dlmsKinds,
  modeEKind,
  pushKind,
  modeCKind,
  mbusKind,
  modbusKind,
  p1Kind,
  smlKind,
]

export interface ZooOptions {
  /** Port of the first device; the others follow. */
  readonly basePort: number
  readonly host?: string
  readonly pushTo?: Place['pushTo']
}

export interface ZooEntry extends Omit<ZooKind, 'open'> {
  readonly host: string
  readonly port: number
}

/** Where each device is, without opening it. */
export function zooList({ basePort, host = '127.0.0.1' }: ZooOptions): ZooEntry[] {
  return zooKinds.map(({ open: _, ...kind }, index) => ({ ...kind, host, port: basePort + index }))
}

/** Opens every device. @throws when a port is taken */
export async function startZoo(options: ZooOptions): Promise<Running> {
  const { basePort, host = '127.0.0.1', pushTo } = options
  const running: Running[] = []
  const close = async () => void (await Promise.all(running.map((one) => one.close())))
  try {
    for (const [index, kind] of zooKinds.entries())
      running.push(await kind.open({ host, port: basePort + index, pushTo }))
  } catch (error) {
    await close()
    throw error
  }
  return { close }
}
