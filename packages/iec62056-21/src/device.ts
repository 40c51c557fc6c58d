// The device's side (IEC 62056-21 6.2 to 6.4): what a simulated meter needs to be read and programmed.

import { type Identification, openingBaud, readIdentification } from './identification.ts'
import { defaultTiming, type LineSettings, type Output, type Timing } from './line.ts'
import {
  ack,
  type BlockCheck,
  encodeCommand,
  encodeData,
  type Message,
  MessageReader,
  nak,
} from './messages.ts'
import { addParity, stripParity } from './parity.ts'
import { defaultIecLimits, IecError, type IecLimits, latin1 } from './parse.ts'

/** What a command of the programming mode comes to. */
export type CommandResult =
  /** Data sets as they stand between STX and ETX. */
  | { readonly kind: 'data'; readonly data: string }
  | { readonly kind: 'done' }
  /** The device's own error code, `ER01`. */
  | { readonly kind: 'error'; readonly code: string }

export type DeviceOptions = {
  /** What stands behind the slash: manufacturer, rate and identification, `writeIdentification`. */
  readonly identification: string
  /** Answered when the request names none or this one; leading zeros do not count. */
  readonly deviceAddress?: string
  /** Data sets of the readout, lines ended with CR LF, without the `!`. */
  readonly readout: (control: string) => string
  /** Commands `R…`, `W…`, `E…`; `data` as it stood between STX and ETX. */
  readonly command?: (command: string, data: string) => CommandResult
  /** Operand of the prompt `P0`. */
  readonly operand?: string
  /** Is this the password? Without it none is asked for. */
  readonly password?: (command: string, data: string) => boolean
  /** Passwords that may be wrong before the session ends. 3 unless told. */
  readonly maxPasswords?: number
  /** Answers longer than this are sent in partial blocks, characters. */
  readonly blockSize?: number
  readonly softwareParity?: boolean
  readonly blockCheck?: BlockCheck
  /** Whether mode E is confirmed, and at which rate. */
  readonly confirmation?: 'new-rate' | 'opening-rate' | 'none'
  readonly timing?: Partial<Timing>
  readonly limits?: IecLimits
}

export type DeviceEvent =
  | { readonly kind: 'signed-on' }
  | { readonly kind: 'readout' }
  | { readonly kind: 'programming' }
  | { readonly kind: 'authenticated' }
  | { readonly kind: 'password-refused' }
  | { readonly kind: 'command'; readonly command: string; readonly result: CommandResult['kind'] }
  /** The line belongs to HDLC until `reset`. */
  | { readonly kind: 'hdlc'; readonly baud: number; readonly rest: Uint8Array }
  | { readonly kind: 'ended'; readonly reason: 'break' | 'done' | 'inactivity' | 'passwords' | 'sign-on' }

type State = 'idle' | 'identified' | 'readout' | 'programming' | 'hdlc'

/** One device on its line: bytes and times in, line actions and events out. */
export class Device {
  readonly #options: DeviceOptions
  readonly #identification: Identification
  readonly #timing: Timing
  readonly #reader: MessageReader
  #state: State = 'idle'
  #output: Output[] = []
  #events: DeviceEvent[] = []
  #deadline: number | undefined
  #now = 0
  #line: LineSettings
  /** The last message, for repeats, and the blocks still to be sent. */
  #sent: Uint8Array = new Uint8Array(0)
  #blocks: Uint8Array[] = []
  #authenticated = false
  #passwords = 0

  constructor(options: DeviceOptions) {
    const identification = readIdentification(options.identification)
    if (!identification) throw new IecError('usage', 'an identification begins with three letters and a rate')
    this.#options = options
    this.#identification = identification
    this.#line = { baud: openingBaud, format: this.#characters }
    this.#timing = { ...defaultTiming, ...options.timing }
    this.#reader = new MessageReader(options.blockCheck, options.limits ?? defaultIecLimits)
  }

  /** A transport of eight bits stays as it is where the parity is made here. */
  get #characters(): LineSettings['format'] {
    return this.#options.softwareParity ? '8N1' : '7E1'
  }

  get state(): State {
    return this.#state
  }

  takeOutput(): Output[] {
    return this.#output.splice(0)
  }

  takeEvents(): DeviceEvent[] {
    return this.#events.splice(0)
  }

  nextDeadline(): number | undefined {
    return this.#deadline
  }

  tick(now: number): void {
    if (this.#deadline !== undefined && now >= this.#deadline && this.#state !== 'hdlc')
      this.#end('inactivity')
  }

  /** Back to waiting for a sign-on at the opening rate, for instance when HDLC is done. */
  reset(): void {
    this.#state = 'idle'
    this.#deadline = undefined
    this.#blocks = []
    this.#authenticated = false
    this.#passwords = 0
    this.#reader.clear()
    this.#reader.expectOption = false
    this.#setLine({ baud: openingBaud, format: this.#characters })
  }

  receive(bytes: Uint8Array, now: number): void {
    this.#now = now
    if (this.#state === 'hdlc') {
      this.#events.push({ kind: 'hdlc', baud: this.#line.baud, rest: bytes })
      return
    }
    if (this.#state !== 'idle') this.#deadline = now + this.#timing.inactivityMs
    this.#reader.receive(
      this.#options.softwareParity ? stripParity(bytes).bytes : bytes.map((octet) => octet & 0x7f),
    )
    for (let message = this.#reader.next(); message; message = this.#reader.next()) this.#message(message)
  }

  #message(message: Message): void {
    if (message.kind === 'request') this.#signOn(message.address)
    else if (message.kind === 'option' && this.#state === 'identified') this.#option(message)
    else if (message.kind === 'nak' && this.#state !== 'idle') this.#transmit(this.#sent)
    else if (message.kind === 'ack') this.#acknowledged()
    else if (message.kind === 'command' && this.#state === 'programming') this.#command(message)
    // A device in mode A or B takes commands right behind its readout.
    else if (message.kind === 'command' && this.#state === 'readout' && this.#identification.mode < 'C') {
      this.#state = 'programming'
      this.#command(message)
    } else if (message.kind === 'malformed') this.#reader.clear()
  }

  #signOn(address: string): void {
    if (this.#state !== 'idle') {
      // A reader that starts again at the opening rate lost the session.
      this.#end('sign-on')
    }
    const own = (this.#options.deviceAddress ?? '').replace(/^0+/, '')
    if (address !== '' && address.replace(/^0+/, '') !== own) return
    const { mode, baud } = this.#identification
    this.#state = 'identified'
    this.#deadline = this.#now + this.#timing.inactivityMs
    this.#events.push({ kind: 'signed-on' })
    this.#transmit(latin1(`/${this.#options.identification}\r\n`))
    if (mode === 'A' || mode === 'B') {
      if (mode === 'B') this.#setLine({ baud, format: this.#characters })
      this.#readout('0')
    } else this.#reader.expectOption = true
  }

  #option({ protocol, baud, mode }: Message & { kind: 'option' }): void {
    this.#reader.expectOption = false
    const rates: Readonly<Record<string, number>> = {
      0: 300,
      1: 600,
      2: 1200,
      3: 2400,
      4: 4800,
      5: 9600,
      6: 19_200,
    }
    const rate = rates[baud] ?? openingBaud
    if (mode === '2' && protocol === '2' && this.#identification.mode === 'E') {
      this.#binary(rate, baud)
      return
    }
    this.#setLine({ baud: rate, format: this.#characters })
    if (mode === '1') this.#prompt()
    else this.#readout(mode)
  }

  #binary(rate: number, baud: string): void {
    const { confirmation = 'new-rate' } = this.#options
    if (confirmation === 'opening-rate') this.#transmit(latin1(`\x062${baud}2\r\n`))
    this.#setLine({ baud: rate, format: this.#characters })
    if (confirmation === 'new-rate') this.#transmit(latin1(`\x062${baud}2\r\n`))
    this.#setLine({ baud: rate, format: '8N1' })
    this.#state = 'hdlc'
    this.#deadline = undefined
    const rest = this.#reader.rest()
    this.#reader.clear()
    this.#events.push({ kind: 'hdlc', baud: rate, rest })
  }

  #readout(control: string): void {
    this.#state = 'readout'
    this.#events.push({ kind: 'readout' })
    this.#send(`${this.#options.readout(control)}!\r\n`)
  }

  #prompt(): void {
    this.#state = 'programming'
    this.#events.push({ kind: 'programming' })
    this.#authenticated = this.#options.password === undefined
    this.#sent = encodeCommand('P0', `(${this.#options.operand ?? ''})`, this.#options.blockCheck)
    this.#transmit(this.#sent)
  }

  #acknowledged(): void {
    const next = this.#blocks.shift()
    if (next) {
      this.#sent = next
      this.#transmit(next)
    } else if (this.#state === 'readout') this.#end('done')
  }

  #command({ command, data = '', checked }: Message & { kind: 'command' }): void {
    if (!checked) {
      this.#reply(nak)
      return
    }
    if (command === 'B0') this.#end('break')
    else if (command.startsWith('P')) this.#password(command, data)
    else if (!this.#authenticated) this.#error(command, 'ER02')
    else {
      const result = this.#options.command?.(command, data) ?? { kind: 'error', code: 'ER01' }
      this.#events.push({ kind: 'command', command, result: result.kind })
      if (result.kind === 'data') this.#send(result.data)
      else if (result.kind === 'done') this.#reply(ack)
      else this.#send(`(${result.code})`)
    }
  }

  #error(command: string, code: string): void {
    this.#events.push({ kind: 'command', command, result: 'error' })
    this.#send(`(${code})`)
  }

  #password(command: string, data: string): void {
    const text = /^\((.*)\)$/.exec(data)?.[1] ?? ''
    if (this.#options.password === undefined || this.#options.password(command, text)) {
      this.#authenticated = true
      this.#events.push({ kind: 'authenticated' })
      this.#reply(ack)
      return
    }
    this.#events.push({ kind: 'password-refused' })
    if (++this.#passwords < (this.#options.maxPasswords ?? 3)) {
      this.#send('(ER02)')
      return
    }
    this.#transmit(encodeCommand('B0', undefined, this.#options.blockCheck))
    this.#end('passwords')
  }

  #reply(octet: number): void {
    this.#sent = Uint8Array.of(octet)
    this.#transmit(this.#sent)
  }

  /** Sends data in one block or several. */
  #send(data: string): void {
    const { blockSize = data.length || 1, blockCheck } = this.#options
    const blocks: Uint8Array[] = []
    for (let at = 0; at === 0 || at < data.length; at += blockSize) {
      blocks.push(encodeData(data.slice(at, at + blockSize), blockCheck, at + blockSize >= data.length))
    }
    const [first, ...rest] = blocks
    this.#blocks = rest
    this.#sent = first as Uint8Array
    this.#transmit(this.#sent)
  }

  #transmit(bytes: Uint8Array): void {
    const wire = this.#options.softwareParity ? addParity(bytes) : bytes
    const reaction = this.#identification.fast ? this.#timing.fastReactionMs : this.#timing.reactionMs
    this.#output.push({ kind: 'send', bytes: wire, notBefore: this.#now + reaction })
  }

  #setLine(settings: LineSettings): void {
    if (settings.baud === this.#line.baud && settings.format === this.#line.format) return
    this.#line = settings
    this.#output.push({ kind: 'line', ...settings })
  }

  #end(reason: (DeviceEvent & { kind: 'ended' })['reason']): void {
    this.#events.push({ kind: 'ended', reason })
    this.reset()
  }
}

export function createDevice(options: DeviceOptions): Device {
  return new Device(options)
}
