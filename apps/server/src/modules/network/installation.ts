/**
 * The operator's installation list: what field crews and the network register know before the first frame.
 * Codes, PODs and serials identify; importing the same list again changes descriptions and adds nothing.
 */
export interface InstallationList {
  readonly station: {
    readonly code: string
    readonly name: string
    readonly zone: string
    readonly ratedKva: number
    readonly latitude?: number | undefined
    readonly longitude?: number | undefined
  }
  readonly lines: readonly {
    readonly code: string
    readonly kind: 'plc' | 'gsm' | 'ethernet'
    readonly maxSessions: number
  }[]
  readonly points: readonly InstalledPoint[]
}

export interface InstalledPoint {
  readonly pod: string
  readonly name: string
  readonly address: string
  readonly kind: 'household' | 'business' | 'public' | 'balance'
  readonly prosumer: boolean
  readonly phases: 1 | 3
  /** W, from the connection approval (ATR). */
  readonly approvedPowerW: number
  readonly feeder?: string | undefined
  readonly supplier?: string | undefined
  readonly customer?: string | undefined
  readonly readingMode: 'smart' | 'amr' | 'manual'
  readonly meter?: InstalledMeter | undefined
}

export interface InstalledMeter {
  readonly serial: string
  /** 8 bytes. */
  readonly systemTitle: Uint8Array
  /** FLAG id, three letters. */
  readonly manufacturer: string
  readonly model: string
  /** Code of the line that it is reached through. */
  readonly line: string
  readonly host: string
  readonly port: number
  readonly clientAddress?: number | undefined
  readonly serverAddress?: number | undefined
  /** What lies under the APDUs. Default 'wrapper'. */
  readonly transport?: 'wrapper' | 'hdlc' | 'udp-wrapper' | undefined
  /** Lower HDLC address. */
  readonly physicalAddress?: number | undefined
  /** Security suite of the keys; suite 2 has keys of 32 bytes. Default 0. */
  readonly suite?: 0 | 1 | 2 | undefined
  /** Default 'logical-name'. */
  readonly referencing?: 'logical-name' | 'short-name' | undefined
  /** Meter model. Default 'contor-neighbourhood'. */
  readonly modelId?: string | undefined
  /** The pair of a meter that ciphers, the password of one that knows passwords. */
  readonly keys: {
    readonly encryption?: Uint8Array | undefined
    readonly authentication?: Uint8Array | undefined
    readonly password?: Uint8Array | undefined
  }
}
