// A meter that speaks first: every minute it sends its registers, ciphered, to where it was told; and at once
// when method 1 of its push setup is invoked.

import type { AttributeDescriptor } from '@contor/dlms'
import { fromSocket, serveStream } from '@contor/dlms/stream'
import { pushSetupObject } from '../behaviours/pushSetup.ts'
import { sendNotification } from '../notify.ts'
import { reachOf, sessionOptions, type Variety } from './dlms.ts'
import { openTcp, type Running, type ZooKind } from './kind.ts'
import { meterOf, specOf } from './meter.ts'

const variety: Variety = { name: 'dlms-push', what: 'pushes every minute, and on demand by method 1' }
const index = 40
const everyMs = 60_000
const setupName = '0.0.25.9.0.255'

/** What a push carries: its own name first, so that a listener knows the layout. */
const pushed: readonly AttributeDescriptor[] = [
  { classId: 40, obis: setupName, attribute: 1 },
  { classId: 8, obis: '0.0.1.0.0.255', attribute: 2 },
  { classId: 1, obis: '0.0.96.1.0.255', attribute: 2 },
  { classId: 3, obis: '1.0.1.8.0.255', attribute: 2 },
  { classId: 3, obis: '1.0.2.8.0.255', attribute: 2 },
  { classId: 3, obis: '1.0.1.7.0.255', attribute: 2 },
]

export const pushKind: ZooKind = {
  name: variety.name,
  what: variety.what,
  protocol: 'dlms',
  transport: 'tcp',
  reach: { ...reachOf(variety, index), pushSetup: setupName, everyS: everyMs / 1_000 },
  async open(place): Promise<Running> {
    const { pushTo } = place
    const push = () =>
      pushTo && sendNotification(meter, sessionOptions(variety, meter), pushed, pushTo, Date.now())
    const setup = pushSetupObject({
      obis: setupName,
      objects: pushed,
      destination: () => (pushTo ? `${pushTo.host}:${pushTo.port}` : ''),
      push: () => void push(),
    })
    const meter = meterOf(specOf(variety.name, index, 0), [setup])
    const server = await openTcp(
      place,
      (socket) => void serveStream(fromSocket(socket), sessionOptions(variety, meter)),
    )
    const timer = setInterval(push, everyMs)
    return {
      close() {
        clearInterval(timer)
        return server.close()
      },
    }
  },
}
