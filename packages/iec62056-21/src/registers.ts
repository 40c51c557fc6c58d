// What a device does with the commands of the programming mode when it is a table of registers (6.3.10, 6.3.12).

import type { CommandResult } from './device.ts'
import { readLocalTime } from './profile.ts'

export type RegisterOptions = {
  /** Address → what stands between the parentheses. Writes change it. */
  readonly registers: Map<string, string>
  /** May it be written? Nothing may unless told. */
  readonly writable?: (address: string) => boolean
  /**
   * Load profiles and logs by `R5` and `R6`: the answer between STX and ETX, or undefined for another address.
   * Bounds as they were sent, empty when open.
   */
  readonly profile?: (address: string, from: string, to: string) => string | undefined
  /** `E2` and others; `data` as it was sent. */
  readonly execute?: (command: string, data: string) => CommandResult
}

const error = (code: string): CommandResult => ({ kind: 'error', code })

/**
 * The `command` of a device: R1–R4 and W1–W4 on registers, R5 and R6 on profiles. Errors: ER01 unknown command,
 * ER05 malformed, ER06 unknown address, ER07 not writable.
 */
export function registerCommands(options: RegisterOptions): (command: string, data: string) => CommandResult {
  return (command, data) => {
    if (command.startsWith('E')) return options.execute?.(command, data) ?? error('ER01')
    const match = /^([^()]+)\(([^()]*)\)$/.exec(data.trim())
    if (!match) return error('ER05')
    const [, address = '', value = ''] = match
    if (command === 'R5' || command === 'R6') return profile(options, address, value)
    const found = options.registers.get(address)
    if (found === undefined) return error('ER06')
    if (/^R[1-4]$/.test(command)) return { kind: 'data', data: `${address}(${found})` }
    if (!/^W[1-4]$/.test(command)) return error('ER01')
    if (!options.writable?.(address)) return error('ER07')
    options.registers.set(address, value)
    return { kind: 'done' }
  }
}

function profile(options: RegisterOptions, address: string, value: string): CommandResult {
  const [from = '', to = '', ...more] = value.split(';')
  const sound = [from, to].every((bound) => bound === '' || readLocalTime(bound))
  if (!sound || more.length > 0) return error('ER05')
  const data = options.profile?.(address, from, to)
  return data === undefined ? error('ER06') : { kind: 'data', data }
}
