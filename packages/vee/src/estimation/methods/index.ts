import type { Method, MethodName } from '../method.ts'
import { history } from './history.ts'
import { linear } from './linear.ts'
import { peers } from './peers.ts'
import { profile } from './profile.ts'
import { station } from './station.ts'

/** The registers alone: the same in every slot of a tariff. */
const flat: Method = (_context, { count, scaled }) =>
  scaled
    ? { mWh: new Float64Array(count), hasLevel: false, reason: 'registers alone', facts: {} }
    : 'no register readings on both sides'

/** Ways that give a curve; 'outage' is settled before them. */
export const methods: Readonly<Record<Exclude<MethodName, 'outage'>, Method>> = {
  linear,
  history,
  peers,
  station,
  profile,
  flat,
}
