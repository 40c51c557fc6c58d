/** One measured figure; `baseline` is a peer or the previous way, measured in the same run. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly baseline?: number
  readonly ratio?: number
  readonly note?: string
}

export interface Bench {
  readonly name: string
  run(): Promise<readonly Figure[]>
}
