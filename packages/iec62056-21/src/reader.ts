// The reading side (IEC 62056-21 6.2 to 6.4): sign-on, readout, programming, and the opening of mode E.

import { readDataSets } from './dataSets.ts'
import { baudOf, type Identification, openingBaud, readIdentification } from './identification.ts'
import { defaultTiming, type LineSettings, type Output, sendingMs, type Timing } from './line.ts'
import {
  ack,
  encodeCommand,
  encodeOption,
  encodeRequest,
  type Message,
  MessageReader,
  nak,
} from './messages.ts'
import { addParity, stripParity } from './parity.ts'
import { defaultIecLimits, IecError, type IecErrorCode, type IecLimits, latin1 } from './parse.ts'
import type { PasswordAnswer, ReaderEvent, ReaderOptions, ReaderState } from './readerTypes.ts'
import { obisOf } from './telegram.ts'

type Pending = { readonly id: number; readonly command: string; readonly data: string | undefined }

/** One session with one device: times and bytes in, line actions and events out. */
export class Reader {
  readonly #options: ReaderOptions
  readonly #timing: Timing
  readonly #limits: IecLimits
  readonly #reader: MessageReader
  readonly #maxRepeats: number
  #state: ReaderState = 'idle'
  #output: Output[] = []
  #events: ReaderEvent[] = []
  #deadline: number | undefined
  #now = 0
  #baud = openingBaud
  #target: number = openingBaud
  #identification: Identification | undefined
  #operand: string | undefined
  /** The last message, for repeats. */
  #sent: Uint8Array = new Uint8Array(0)
  #repeats = 0
  #blocks = ''
  #queue: Pending[] = []
  #current: Pending | undefined
  #nextId = 1
  #parityErrors = 0
  /** Octets since the last message was sent: an answer is bounded, noise does not keep a session alive. */
  #received = 0
  /** What an echoing line still has to send back. */
  #echo: number[] = []
  /** The present command was sent more than once, so that more than one answer may come. */
  #doubtful = false

  constructor(options: ReaderOptions = {}) {
    if (!/^[0-9A-Za-z ]{0,32}$/.test(options.deviceAddress ?? '')) {
      throw new IecError('usage', 'a device address has up to 32 letters, digits and spaces')
    }
    this.#options = options
    this.#timing = { ...defaultTiming, ...options.timing }
    this.#limits = options.limits ?? defaultIecLimits
    this.#reader = new MessageReader(options.blockCheck, this.#limits)
    this.#maxRepeats = options.maxRepeats ?? 2
  }

  get state(): ReaderState {
    return this.#state
  }

  get identification(): Identification | undefined {
    return this.#identification
  }

  /** What the line has to do, in order; emptied by the call. */
  takeOutput(): Output[] {
    return this.#output.splice(0)
  }

  takeEvents(): ReaderEvent[] {
    return this.#events.splice(0)
  }

  /** When `tick` has to be called at the latest, epoch ms. */
  nextDeadline(): number | undefined {
    return this.#deadline
  }

  /** Opens the line and signs on. */
  signOn(now: number): void {
    if (this.#state !== 'idle') throw new IecError('usage', 'the session has begun')
    this.#now = now
    this.#line(openingBaud)
    this.#state = 'signing-on'
    this.#send(encodeRequest(this.#options.deviceAddress), 0)
  }

  /**
   * Queues a command of the programming mode: `R1`–`R6`, `W1`–`W6`, `E2` and others.
   * @param data as it stands between STX and ETX, such as `1.8.0()`
   * @returns the number that its outcome carries
   */
  request(command: string, data: string | undefined, now: number): number {
    if (!/^[A-Z][0-9]$/.test(command)) throw new IecError('usage', 'a command is a letter and a digit')
    if (this.#state === 'finished' || this.#state === 'failed' || this.#state === 'hdlc') {
      throw new IecError('usage', 'the session has ended')
    }
    this.#now = now
    const id = this.#nextId++
    this.#queue.push({ id, command, data })
    this.#proceed()
    return id
  }

  read(address: string, now: number, value = ''): number {
    return this.request('R1', `${address}(${value})`, now)
  }

  write(address: string, value: string, now: number): number {
    return this.request('W1', `${address}(${value})`, now)
  }

  /** Ends the programming mode with the break message. */
  break(now: number): void {
    this.#now = now
    if (['ready', 'command', 'settling', 'prompt', 'password'].includes(this.#state)) {
      this.#send(encodeCommand('B0', undefined, this.#options.blockCheck), this.#reaction())
    }
    this.#finish()
  }

  tick(now: number): void {
    this.#now = now
    if (this.#deadline === undefined || now < this.#deadline) return
    if (this.#state === 'settling') this.#ready()
    else if (this.#state === 'confirmation') this.#openHdlc()
    else if (this.#state === 'prompt' && this.#repeats >= this.#maxRepeats) {
      this.#fail('timeout', 'the device sends no prompt')
    } else this.#repeat('timeout', 'the device does not answer')
  }

  receive(bytes: Uint8Array, now: number): void {
    this.#now = now
    if (this.#state === 'hdlc') {
      this.#events.push({ kind: 'octets', bytes })
      return
    }
    if (this.#state === 'idle' || this.#state === 'finished' || this.#state === 'failed') return
    const heard = this.#options.echo ? this.#withoutEcho(bytes) : bytes
    this.#received += heard.length
    if (this.#received > this.#limits.maxMessage) {
      this.#fail('too-large', `more than ${this.#limits.maxMessage} octets without a message`)
      return
    }
    let plain = heard
    if (this.#options.softwareParity) {
      const stripped = stripParity(heard)
      this.#parityErrors += stripped.errors
      plain = stripped.bytes
    } else plain = heard.map((octet) => octet & 0x7f)
    if (this.#deadline !== undefined && heard.length > 0) {
      this.#deadline = Math.max(this.#deadline, now + this.#timing.characterMs + this.#timing.toleranceMs)
    }
    this.#reader.receive(this.#state === 'confirmation' ? heard : plain)
    if (this.#state === 'confirmation') {
      this.#confirmation()
      return
    }
    for (let message = this.#reader.next(); message; message = this.#reader.next()) {
      this.#message(message)
      if (this.#deadline === undefined) break
    }
  }

  /** Drops what comes back of our own octets; whatever differs is the device's. */
  #withoutEcho(bytes: Uint8Array): Uint8Array {
    return bytes.filter((octet) => {
      if (this.#echo.length === 0 || this.#echo[0] !== octet) {
        this.#echo = []
        return true
      }
      this.#echo.shift()
      return false
    })
  }

  #message(message: Message): void {
    const damaged = this.#parityErrors > 0
    this.#parityErrors = 0
    if (message.kind === 'malformed') this.#fail(message.error.code, message.error.message)
    else if (this.#state === 'signing-on') {
      if (message.kind === 'identification') this.#identified(message.text, damaged)
    } else if (message.kind === 'data') this.#data(message, damaged)
    else if (message.kind === 'command') this.#command(message, damaged)
    else if (message.kind === 'nak') this.#repeat('repeats', 'the device refuses the message')
    else if (message.kind === 'ack') this.#acknowledged()
  }

  #identified(text: string, damaged: boolean): void {
    const identification = readIdentification(text)
    if (!identification || damaged) {
      this.#repeat('malformed', 'the identification cannot be read')
      return
    }
    this.#identification = identification
    this.#events.push({ kind: 'identified', identification })
    this.#repeats = 0
    const { mode, baud } = identification
    if (mode === 'A' || mode === 'B') {
      if (mode === 'B') this.#line(baud)
      this.#wait('readout')
    } else this.#choose(identification)
  }

  /** Modes C and E: protocol, rate and mode control. */
  #choose({ mode, baudCharacter }: Identification): void {
    const { purpose = 'readout', keepBaud = false } = this.#options
    if (purpose === 'hdlc' && mode !== 'E') {
      this.#fail('unsupported', 'the device does not offer binary mode')
      return
    }
    const baud = keepBaud ? '0' : this.#rate(baudCharacter)
    const control = { readout: '0', programming: '1', hdlc: '2' }[purpose as string] ?? purpose
    this.#target = keepBaud ? this.#baud : (baudOf(baud) ?? openingBaud)
    this.#send(encodeOption(purpose === 'hdlc' ? '2' : '0', baud, control), this.#reaction())
    if (purpose === 'hdlc') {
      this.#state = 'confirmation'
      this.#reader.clear()
      if (this.#options.confirmation !== 'opening-rate') this.#line(this.#target)
      return
    }
    this.#state = purpose === 'programming' ? 'prompt' : 'readout'
    this.#line(this.#target)
    this.#wait(this.#state)
  }

  /** The highest rate of both sides. */
  #rate(proposed: string): string {
    const max = this.#options.maxBaud ?? Number.POSITIVE_INFINITY
    for (let digit = Number(proposed); digit > 0; digit--) {
      if ((baudOf(String(digit)) as number) <= max) return String(digit)
    }
    return '0'
  }

  #data(message: Message & { kind: 'data' }, damaged: boolean): void {
    if (this.#state !== 'readout' && this.#state !== 'command' && this.#state !== 'password') return
    if (!message.checked || damaged) {
      if (++this.#repeats > this.#maxRepeats) {
        this.#fail('check', 'the block check character does not match')
      } else this.#transmit(Uint8Array.of(nak), this.#reaction())
      return
    }
    this.#repeats = 0
    if (this.#blocks.length + message.data.length > this.#limits.maxAnswer) {
      this.#fail('too-large', `an answer longer than ${this.#limits.maxAnswer} octets`)
      return
    }
    this.#blocks += message.data
    if (!message.last) {
      this.#transmit(Uint8Array.of(ack), this.#reaction())
      return
    }
    const text = this.#blocks
    this.#blocks = ''
    if (this.#state === 'readout') this.#readout(text)
    else if (this.#state === 'password') this.#fail('refused', 'the device refuses the password')
    else this.#answer(text)
  }

  #readout(text: string): void {
    const end = text.lastIndexOf('!')
    const { sets, error } = readDataSets(end < 0 ? text : text.slice(0, end), this.#limits)
    if (error) this.#fail(error.code, error.message)
    else {
      this.#events.push({ kind: 'readout', sets, text })
      this.#finish()
    }
  }

  #answer(text: string): void {
    const { id, data = '' } = this.#current as Pending
    // The late answer to an earlier message names another object.
    if (otherObject(data, text)) return
    const refused = /^\((ER[^)]*)\)/.exec(text)
    const { sets, error } = readDataSets(text, this.#limits)
    if (refused) this.#events.push({ kind: 'refused', requestId: id, message: refused[1] as string })
    else if (error) this.#events.push({ kind: 'failed', requestId: id, error })
    else this.#events.push({ kind: 'answer', requestId: id, sets, text })
    this.#done()
  }

  #command(message: Message & { kind: 'command' }, damaged: boolean): void {
    if (message.command === 'B0') {
      this.#fail('break', 'the device ends the session')
      return
    }
    // Anything but the prompt is what an optical head sends back of our own.
    if (message.command !== 'P0' || this.#state !== 'prompt') return
    if (!message.checked || damaged) {
      if (++this.#repeats > this.#maxRepeats) this.#fail('check', 'the prompt is damaged')
      else this.#transmit(Uint8Array.of(nak), this.#reaction())
      return
    }
    this.#repeats = 0
    this.#operand = /^\((.*)\)$/.exec(message.data ?? '')?.[1] ?? ''
    const answer = this.#options.password?.(this.#operand)
    if (answer === undefined) {
      this.#programming()
      return
    }
    this.#state = 'password'
    this.#send(encodeCommand(answer.command, `(${answer.data})`, this.#options.blockCheck), this.#reaction())
  }

  #acknowledged(): void {
    if (this.#state === 'password') this.#programming()
    else if (this.#state === 'command' && !this.#current?.command.startsWith('R')) {
      this.#events.push({ kind: 'acknowledged', requestId: (this.#current as Pending).id })
      this.#done()
    }
  }

  #programming(): void {
    this.#events.push({
      kind: 'programming',
      ...(this.#operand !== undefined && { operand: this.#operand }),
    })
    this.#ready()
  }

  /** After a repeat a second answer may be on its way: the line has to fall silent before the next command. */
  #done(): void {
    if (!this.#doubtful) {
      this.#ready()
      return
    }
    this.#state = 'settling'
    this.#current = undefined
    const { answerMs, toleranceMs } = this.#timing
    this.#deadline = this.#now + answerMs + toleranceMs
  }

  #ready(): void {
    this.#state = 'ready'
    this.#doubtful = false
    this.#reader.clear()
    this.#parityErrors = 0
    this.#current = undefined
    this.#deadline = undefined
    this.#repeats = 0
    this.#proceed()
  }

  #proceed(): void {
    if (this.#state !== 'ready') return
    this.#current = this.#queue.shift()
    if (!this.#current) return
    this.#state = 'command'
    const { command, data } = this.#current
    this.#send(encodeCommand(command, data, this.#options.blockCheck), this.#reaction())
  }

  /** ACK 2 Z 2 of the device, which some leave out; then the line is HDLC's. */
  #confirmation(): void {
    const rest = this.#reader.rest()
    const at = rest.findIndex((octet) => (octet & 0x7f) === ack)
    const message = rest.slice(at, at + 6).map((octet) => octet & 0x7f)
    if (at < 0 || message.length < 6) {
      if (rest.length > 64) this.#fail('malformed', 'the binary mode is not confirmed')
      return
    }
    if (message[1] !== 0x32 || message[3] !== 0x32) {
      this.#fail('unsupported', 'the device does not enter binary mode')
      return
    }
    this.#openHdlc(rest.slice(at + 6))
  }

  #openHdlc(rest: Uint8Array = new Uint8Array(0)): void {
    this.#state = 'hdlc'
    this.#deadline = undefined
    this.#reader.clear()
    this.#line(this.#target, '8N1')
    this.#events.push({ kind: 'hdlc', baud: this.#target, rest })
  }

  #reaction(): number {
    return this.#identification?.fast ? this.#timing.fastReactionMs : this.#timing.reactionMs
  }

  /** A transport of eight bits stays as it is where the parity is made here. */
  #line(baud: number, format: LineSettings['format'] = this.#options.softwareParity ? '8N1' : '7E1'): void {
    this.#baud = baud
    this.#output.push({ kind: 'line', baud, format })
  }

  #send(bytes: Uint8Array, reactionMs: number): void {
    this.#sent = bytes
    this.#transmit(bytes, reactionMs)
  }

  #transmit(bytes: Uint8Array, reactionMs: number): void {
    const wire = this.#options.softwareParity ? addParity(bytes) : bytes
    if (this.#options.echo) this.#echo.push(...wire)
    this.#received = 0
    const notBefore = this.#now + reactionMs
    this.#output.push({ kind: 'send', bytes: wire, notBefore })
    const { answerMs, toleranceMs } = this.#timing
    this.#deadline = notBefore + sendingMs(bytes.length, this.#baud) + answerMs + toleranceMs
  }

  #wait(state: ReaderState): void {
    this.#state = state
    const { answerMs, toleranceMs } = this.#timing
    this.#deadline = Math.max(this.#deadline ?? 0, this.#now + answerMs + toleranceMs)
  }

  #repeat(code: IecErrorCode, message: string): void {
    this.#reader.clear()
    this.#parityErrors = 0
    // A password that is wrong must not lock the device: it is said again once at most.
    const allowed = this.#state === 'password' ? Math.min(1, this.#maxRepeats) : this.#maxRepeats
    // Blocks have no numbers. What was lost inside an answer is found again from its beginning only, and a
    // readout has no command that would begin it again.
    const broken = this.#state === 'readout' && this.#blocks !== ''
    if (++this.#repeats > allowed || broken) {
      this.#fail(code, message)
      return
    }
    this.#blocks = ''
    this.#doubtful = this.#state === 'command'
    // What was chosen at the opening rate cannot be said again at another; the data are asked for again.
    const bytes = this.#state === 'readout' || this.#state === 'prompt' ? Uint8Array.of(nak) : this.#sent
    this.#transmit(bytes, this.#reaction())
  }

  #fail(code: IecErrorCode, message: string): void {
    if (this.#state === 'failed') return
    this.#state = 'failed'
    this.#deadline = undefined
    this.#events.push({
      kind: 'failed',
      error: { code, message },
      ...(this.#current && { requestId: this.#current.id }),
    })
  }

  #finish(): void {
    this.#state = 'finished'
    this.#deadline = undefined
    this.#events.push({ kind: 'finished' })
  }
}

/** Do both name an object, and not the same? Answers may leave the address out. */
function otherObject(asked: string, answered: string): boolean {
  const name = (text: string) => /^[^(]*/.exec(text.trimStart())?.[0] ?? ''
  const [one, other] = [name(asked), name(answered)]
  if (one === '' || other === '' || one === other) return false
  const [left, right] = [obisOf(one), obisOf(other)]
  return left !== undefined && right !== undefined && left !== right
}

export function createReader(options: ReaderOptions = {}): Reader {
  return new Reader(options)
}

/** The password as `P1` sends it: in clear text. */
export function plainPassword(password: string): () => PasswordAnswer {
  const bytes = latin1(password)
  return () => ({ command: 'P1', data: String.fromCharCode(...bytes) })
}
