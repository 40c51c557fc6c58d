// Rows by COPY … TO STDOUT in the binary format, handed over inside the socket's own buffers: no object and no
// copy for a row. PostgreSQL documentation, chapters SQL-COPY (Binary Format) and protocol message formats.

import type pg from 'pg'

const copyData = 0x64 // 'd'
const copyOutResponse = 0x48 // 'H'
/** "PGCOPY\n\377\r\n\0", flags and the length of the extension. */
const headerBytes = 19
const signatureFirst = 0x50
const nothing = Buffer.alloc(0)

/** Fields of one row: field i is `bytes[starts[i] … ends[i])`, valid during the call only; a null has end −1. */
export type CopiedRow = {
  bytes: Buffer
  readonly starts: Int32Array
  readonly ends: Int32Array
}

type DataListener = (chunk: Buffer) => void
type Wire = {
  readonly stream: NodeJS.EventEmitter
  query(text: string): void
}

/** A statement in the hands of the pg client, which takes the socket's data until the rows have ended. */
class CopyOut {
  readonly #text: string
  readonly #onRow: (row: CopiedRow) => void
  readonly #done: (error?: Error) => void
  readonly #row: CopiedRow
  #wire: Wire | undefined
  #protocol: DataListener | undefined
  #held: Buffer = nothing
  #failure: Error | undefined
  readonly #listen: DataListener = (chunk) => this.#take(chunk)

  constructor(text: string, fields: number, onRow: (row: CopiedRow) => void, done: (error?: Error) => void) {
    this.#text = text
    this.#onRow = onRow
    this.#done = done
    this.#row = { bytes: nothing, starts: new Int32Array(fields), ends: new Int32Array(fields) }
  }

  submit(wire: Wire): void {
    this.#wire = wire
    const listeners = wire.stream.listeners('data') as DataListener[]
    this.#protocol = listeners[0]
    wire.stream.removeListener('data', this.#protocol)
    wire.stream.on('data', this.#listen)
    wire.query(this.#text)
  }

  #take(chunk: Buffer): void {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    let at = 0
    while (at + 5 <= bytes.length) {
      const code = bytes[at]
      const end = at + 1 + bytes.readInt32BE(at + 1)
      // An error, or the end of the rows: that and all after it is the client's.
      if (code !== copyData && code !== copyOutResponse) {
        this.#give(bytes.subarray(at))
        return
      }
      if (end > bytes.length) break
      if (code === copyData && this.#failure === undefined) this.#read(bytes, at + 5)
      at = end
    }
    this.#held = at === bytes.length ? nothing : bytes.subarray(at)
  }

  /** One message is one row; the first has the header before it, the last is the end mark. */
  #read(bytes: Buffer, from: number): void {
    const { starts, ends } = this.#row
    let at = bytes[from] === signatureFirst ? from + headerBytes : from
    if (bytes.readInt16BE(at) < 0) return
    at += 2
    for (let field = 0; field < starts.length; field++) {
      const length = bytes.readInt32BE(at)
      at += 4
      starts[field] = at
      ends[field] = length < 0 ? -1 : at + length
      if (length > 0) at += length
    }
    this.#row.bytes = bytes
    try {
      this.#onRow(this.#row)
    } catch (error) {
      // The rows that are on their way must pass before the connection can be used again.
      this.#failure = error as Error
    }
  }

  #give(rest?: Buffer): void {
    if (!this.#wire || !this.#protocol) return
    this.#wire.stream.removeListener('data', this.#listen)
    this.#wire.stream.on('data', this.#protocol)
    const protocol = this.#protocol
    this.#protocol = undefined
    this.#held = nothing
    if (rest) protocol(rest)
  }

  handleError(error: Error): void {
    this.#give()
    this.#done(error)
  }

  handleReadyForQuery(): void {
    this.#done(this.#failure)
  }

  handleCommandComplete(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
}

/**
 * Runs `copy (query) to stdout (format binary)` and hands each row to `onRow` as it arrives. A row that `onRow`
 * throws for is the last one it is asked for; the error comes back when the connection is free again.
 * @param query without parameters: COPY takes none @param fields columns of the query
 */
export function copyOut(
  client: pg.ClientBase,
  query: string,
  fields: number,
  onRow: (row: CopiedRow) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const text = `copy (${query}) to stdout (format binary)`
    const statement = new CopyOut(text, fields, onRow, (error) => (error ? reject(error) : resolve()))
    client.query(statement as unknown as pg.Submittable)
  })
}
