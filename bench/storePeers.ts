// The same batches into the store and into every peer, in turns: whatever else the machine does hits all alike.
import { median } from './measure.ts'
import { startClickHouse } from './peers/clickhouse.ts'
import { startInflux } from './peers/influx.ts'
import type { Absent, Peer } from './peers/peer.ts'
import { startRows } from './peers/postgresRows.ts'
import { startVictoria } from './peers/victoria.ts'
import { type Chain, perBatch, storedBytes, timed } from './storeChain.ts'
import { makeBatch, monthDays, perDay } from './storeCurves.ts'

const rounds = 3
const peerLoadsAtOnce = 2

export type Measured = {
  readonly name: string
  readonly how: string
  /** Readings a second, median of the rounds. */
  readonly rate: number
  readonly bytesPerReading: number
}

export type Comparison = {
  readonly ours: Measured
  readonly peers: readonly Measured[]
  readonly absent: readonly Absent[]
  readonly rounds: number
  readonly points: number
}

/** Points that a comparison takes from the chain. */
export const comparisonPoints = (perRound: number) => (rounds + 1) * perRound

/** Loads `perRound` points in each round, all batches made before the clock starts. */
export async function compare(chain: Chain, folder: string, perRound: number): Promise<Comparison> {
  const before = await storedBytes(chain)
  const found = [
    ...(await startRows(chain.owner, folder)),
    ...(await startClickHouse(folder)),
    ...(await startInflux(folder)),
    ...(await startVictoria(folder)),
  ]
  const peers = found.filter((one): one is Peer => !('absent' in one))
  const absent = found.filter((one): one is Absent => 'absent' in one)
  try {
    const ours: number[] = []
    const theirs = peers.map((): number[] => [])
    const loaded = peers.map(() => 0)
    // The first round warms all of them up and is not counted.
    for (let round = -1; round < rounds; round++) {
      const first = chain.take(perRound)
      const own = [...batchesOf(first, perRound, 'own')]
      const seconds = await timed(own, chain.slots, chain.load)
      if (round >= 0) ours.push((perRound * monthDays * perDay) / seconds)
      for (const [p, peer] of peers.entries()) {
        const points = Math.max(2, Math.round(perRound * peer.share))
        const prepared: unknown[] = []
        for (const batch of batchesOf(first, points, peer.name.replace(/\W/g, '')))
          prepared.push(await peer.prepare(batch))
        const seconds = await timed(prepared, peerLoadsAtOnce, peer.load)
        loaded[p] += points * monthDays * perDay
        if (round >= 0) theirs[p].push((points * monthDays * perDay) / seconds)
      }
    }
    const readings = comparisonPoints(perRound) * monthDays * perDay
    const measured: Measured[] = []
    for (const [p, { name, how, bytes }] of peers.entries())
      measured.push({ name, how, rate: median(theirs[p]), bytesPerReading: (await bytes()) / loaded[p] })
    return {
      ours: {
        name: 'contor',
        how: `judged, sealed, merged; ${chain.slots} loads at once on 2 threads; fsync on`,
        rate: median(ours),
        bytesPerReading: ((await storedBytes(chain)) - before) / readings,
      },
      peers: measured,
      absent,
      rounds,
      points: perRound,
    }
  } finally {
    for (const peer of peers) await peer.stop()
  }
}

function* batchesOf(first: number, points: number, tag: string) {
  const size = Math.min(perBatch, Math.ceil(points / 2))
  for (let at = 0; at < points; at += size)
    yield makeBatch(`${tag}-${first + at}`, { from: first + at, count: Math.min(size, points - at) })
}
