// What every way of estimating is given and gives.

import type { ChannelSeries, CivilDay } from '@contor/intervals'
import type { ProfileName } from './profiles/profile.ts'
import type { Timeline } from './timeline.ts'

export const methodNames = ['outage', 'linear', 'history', 'peers', 'station', 'profile', 'flat'] as const
export type MethodName = (typeof methodNames)[number]

/** One way in the configured order. */
export type MethodSetting = {
  readonly method: MethodName
  /** Between 0 and 1: with the energy known from registers, and without. */
  readonly confidence: { readonly scaled: number; readonly unscaled: number }
  /** linear: the longest gap, slots. */
  readonly mostSlots?: number
  /** history: days of the same kind that are taken, newest first, and the fewest that will do. */
  readonly days?: number
  readonly fewestDays?: number
  /** peers: fewest peers that measured the gap. */
  readonly fewestPeers?: number
}

/** A time without supply that somebody confirmed, epoch ms, [from, to). */
export type Outage = { readonly from: number; readonly to: number; readonly source: string }

/** Days of another series, by civil day. */
export type SeriesByDay = ReadonlyMap<CivilDay, ChannelSeries>

export type MethodContext = {
  readonly timeline: Timeline
  /** 1 where a value is to be made. */
  readonly free: Uint8Array
  /** The point's own days before and around the timeline, the timeline's days included. */
  readonly own: SeriesByDay
  /** Points of the same kind behind the same station. */
  readonly peers: readonly { readonly id: string; readonly days: SeriesByDay }[]
  /** What the station's balance meter saw less what all other points took; only slots that all of them measured. */
  readonly station: SeriesByDay
  readonly profile: ProfileName | undefined
  /** What the point is known to use in a year, Wh. */
  readonly yearWh: number | undefined
}

/** Slots that one method serves at once: free, in a row, all or none of them between two readings. */
export type Piece = { readonly from: number; readonly count: number; readonly scaled: boolean }

/** Values in mWh (integers ≥ 0), one per slot of the piece. A shape without a level is good only with registers. */
export type Made = {
  readonly mWh: Float64Array
  readonly hasLevel: boolean
  readonly reason: string
  readonly facts: Readonly<Record<string, number | string>>
}
export type Declined = { readonly method: MethodName; readonly reason: string }
export type Method = (context: MethodContext, piece: Piece, setting: MethodSetting) => Made | string
