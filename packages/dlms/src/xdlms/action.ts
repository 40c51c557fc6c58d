// ACTION (Green Book 9.3.8, 9.5: tags C3 and C7).

import { readData } from '../axdr/decode.ts'
import { writeData } from '../axdr/encode.ts'
import type { Reader, Writer } from '../bytes.ts'
import type { ActionOutcomeData, ActionRequest, ActionResponse } from './apdu.ts'
import {
  readBlock,
  readDataResult,
  readList,
  readMethod,
  readPresence,
  unknownChoice,
  writeBlock,
  writeDataResult,
  writeList,
  writeMethod,
} from './descriptors.ts'
import { actionName } from './results.ts'

export function readActionRequest(reader: Reader): ActionRequest {
  const at = reader.offset
  const choice = reader.u8()
  const head = { kind: 'action-request', invokeIdAndPriority: reader.u8() } as const
  switch (choice) {
    case 1: {
      const method = readMethod(reader)
      if (!readPresence(reader)) return { ...head, form: 'normal', method }
      return { ...head, form: 'normal', method, data: readData(reader) }
    }
    case 2:
      return { ...head, form: 'next-pblock', blockNumber: reader.u32() }
    case 3: {
      const methods = readList(reader, readMethod)
      return { ...head, form: 'with-list', methods, data: readList(reader, readData) }
    }
    case 4: {
      const method = readMethod(reader)
      return { ...head, form: 'with-first-pblock', method, block: readBlock(reader) }
    }
    case 5: {
      const methods = readList(reader, readMethod)
      return { ...head, form: 'with-list-and-first-pblock', methods, block: readBlock(reader) }
    }
    case 6:
      return { ...head, form: 'with-pblock', block: readBlock(reader) }
    default:
      return unknownChoice('Action-Request', choice, at)
  }
}

export function writeActionRequest(writer: Writer, apdu: ActionRequest): void {
  const head = (choice: number) => writer.u8(0xc3).u8(choice).u8(apdu.invokeIdAndPriority)
  switch (apdu.form) {
    case 'normal':
      writeMethod(head(1), apdu.method)
      writer.u8(apdu.data ? 1 : 0)
      if (apdu.data) writeData(writer, apdu.data)
      return
    case 'next-pblock':
      head(2).u32(apdu.blockNumber)
      return
    case 'with-list':
      writeList(head(3), apdu.methods, writeMethod)
      writeList(writer, apdu.data, writeData)
      return
    case 'with-first-pblock':
      writeMethod(head(4), apdu.method)
      writeBlock(writer, apdu.block)
      return
    case 'with-list-and-first-pblock':
      writeList(head(5), apdu.methods, writeMethod)
      writeBlock(writer, apdu.block)
      return
    case 'with-pblock':
      writeBlock(head(6), apdu.block)
      return
  }
}

export function readActionResponse(reader: Reader): ActionResponse {
  const at = reader.offset
  const choice = reader.u8()
  const head = { kind: 'action-response', invokeIdAndPriority: reader.u8() } as const
  switch (choice) {
    case 1:
      return { ...head, form: 'normal', outcome: readOutcomeData(reader) }
    case 2:
      return { ...head, form: 'with-pblock', block: readBlock(reader) }
    case 3:
      return { ...head, form: 'with-list', outcomes: readList(reader, readOutcomeData) }
    case 4:
      return { ...head, form: 'next-pblock', blockNumber: reader.u32() }
    default:
      return unknownChoice('Action-Response', choice, at)
  }
}

function readOutcomeData(reader: Reader): ActionOutcomeData {
  const code = reader.u8()
  const outcome = { result: actionName(code), code }
  return readPresence(reader) ? { ...outcome, returned: readDataResult(reader) } : outcome
}

function writeOutcomeData(writer: Writer, outcome: ActionOutcomeData): void {
  writer.u8(outcome.code).u8(outcome.returned ? 1 : 0)
  if (outcome.returned) writeDataResult(writer, outcome.returned)
}

export function writeActionResponse(writer: Writer, apdu: ActionResponse): void {
  const head = (choice: number) => writer.u8(0xc7).u8(choice).u8(apdu.invokeIdAndPriority)
  switch (apdu.form) {
    case 'normal':
      writeOutcomeData(head(1), apdu.outcome)
      return
    case 'with-pblock':
      writeBlock(head(2), apdu.block)
      return
    case 'with-list':
      writeList(head(3), apdu.outcomes, writeOutcomeData)
      return
    case 'next-pblock':
      head(4).u32(apdu.blockNumber)
      return
  }
}
