// The loop between a session and its connection: what comes in goes to the session, what it has to say goes
// out, and its deadlines are kept.

import type { EpochMs } from '../session/types.ts'
import type { ByteStream, StreamClock } from './stream.ts'

/** What client and server sessions have in common. */
type Machine<E> = {
  receive(bytes: Uint8Array, now: EpochMs): void
  tick(now: EpochMs): void
  takeOutput(): Uint8Array[]
  takeEvents(): E[]
  nextDeadline(): EpochMs | undefined
}

export class Pump<E> {
  readonly #machine: Machine<E>
  readonly #stream: ByteStream
  readonly #clock: StreamClock
  readonly #onEvent: (event: E) => void
  #cancelTimer: () => void = () => undefined
  #turning = false
  #again = false
  #stopped = false

  constructor(
    machine: Machine<E>,
    stream: ByteStream,
    clock: StreamClock,
    onEvent: (event: E) => void,
    onClose: (reason?: Error) => void,
  ) {
    this.#machine = machine
    this.#stream = stream
    this.#clock = clock
    this.#onEvent = onEvent
    stream.onClose((reason) => onClose(reason))
    stream.onData((bytes) => {
      if (this.#stopped) return
      machine.receive(bytes, clock.now())
      this.turn()
    })
  }

  /** Call it after anything was asked of the session. */
  turn(): void {
    // A stream may answer while it is written to, and a listener may ask for more while it is told.
    this.#again = true
    if (this.#turning) return
    this.#turning = true
    try {
      while (this.#again) {
        this.#again = false
        for (const frame of this.#machine.takeOutput()) if (!this.#stopped) this.#stream.write(frame)
        for (const event of this.#machine.takeEvents()) this.#onEvent(event)
      }
    } finally {
      this.#turning = false
    }
    this.#watch()
  }

  /** Nothing is written or awaited any more. */
  stop(): void {
    this.#stopped = true
    this.#cancelTimer()
  }

  #watch(): void {
    this.#cancelTimer()
    const deadline = this.#machine.nextDeadline()
    if (deadline === undefined || this.#stopped) return
    this.#cancelTimer = this.#clock.after(Math.max(1, deadline - this.#clock.now()), () => {
      if (this.#stopped) return
      this.#machine.tick(this.#clock.now())
      this.turn()
    })
  }
}
