// SET (Green Book 9.3.7, 9.5: tags C1 and C5).

import { readData } from '../axdr/decode.ts'
import { writeData } from '../axdr/encode.ts'
import type { Reader, Writer } from '../bytes.ts'
import type { AccessOutcome, SetRequest, SetResponse } from './apdu.ts'
import {
  readAttribute,
  readBlock,
  readList,
  readOutcome,
  unknownChoice,
  writeAttribute,
  writeBlock,
  writeList,
} from './descriptors.ts'

export function readSetRequest(reader: Reader): SetRequest {
  const at = reader.offset
  const choice = reader.u8()
  if (choice < 1 || choice > 5) unknownChoice('Set-Request', choice, at)
  const head = { kind: 'set-request', invokeIdAndPriority: reader.u8() } as const
  if (choice === 3) return { ...head, form: 'with-datablock', block: readBlock(reader) }
  if (choice === 1 || choice === 2) {
    const attribute = readAttribute(reader)
    return choice === 1
      ? { ...head, form: 'normal', attribute, data: readData(reader) }
      : { ...head, form: 'with-first-datablock', attribute, block: readBlock(reader) }
  }
  const attributes = readList(reader, (r) => readAttribute(r))
  return choice === 4
    ? { ...head, form: 'with-list', attributes, data: readList(reader, readData) }
    : { ...head, form: 'with-list-and-first-datablock', attributes, block: readBlock(reader) }
}

export function writeSetRequest(writer: Writer, apdu: SetRequest): void {
  const head = (choice: number) => writer.u8(0xc1).u8(choice).u8(apdu.invokeIdAndPriority)
  switch (apdu.form) {
    case 'normal':
      writeAttribute(head(1), apdu.attribute)
      writeData(writer, apdu.data)
      return
    case 'with-first-datablock':
      writeAttribute(head(2), apdu.attribute)
      writeBlock(writer, apdu.block)
      return
    case 'with-datablock':
      writeBlock(head(3), apdu.block)
      return
    case 'with-list':
      writeList(head(4), apdu.attributes, (w, attribute) => writeAttribute(w, attribute))
      writeList(writer, apdu.data, writeData)
      return
    case 'with-list-and-first-datablock':
      writeList(head(5), apdu.attributes, (w, attribute) => writeAttribute(w, attribute))
      writeBlock(writer, apdu.block)
      return
  }
}

export function readSetResponse(reader: Reader): SetResponse {
  const at = reader.offset
  const choice = reader.u8()
  const head = { kind: 'set-response', invokeIdAndPriority: reader.u8() } as const
  switch (choice) {
    case 1:
      return { ...head, form: 'normal', ...readOutcome(reader) }
    case 2:
      return { ...head, form: 'datablock', blockNumber: reader.u32() }
    case 3: {
      const outcome = readOutcome(reader)
      return { ...head, form: 'last-datablock', ...outcome, blockNumber: reader.u32() }
    }
    case 4: {
      const results = readList(reader, readOutcome)
      return { ...head, form: 'last-datablock-with-list', results, blockNumber: reader.u32() }
    }
    case 5:
      return { ...head, form: 'with-list', results: readList(reader, readOutcome) }
    default:
      return unknownChoice('Set-Response', choice, at)
  }
}

export function writeSetResponse(writer: Writer, apdu: SetResponse): void {
  const head = (choice: number) => writer.u8(0xc5).u8(choice).u8(apdu.invokeIdAndPriority)
  const code = (w: Writer, outcome: AccessOutcome) => {
    w.u8(outcome.code)
  }
  switch (apdu.form) {
    case 'normal':
      head(1).u8(apdu.code)
      return
    case 'datablock':
      head(2).u32(apdu.blockNumber)
      return
    case 'last-datablock':
      head(3).u8(apdu.code).u32(apdu.blockNumber)
      return
    case 'last-datablock-with-list':
      writeList(head(4), apdu.results, code)
      writer.u32(apdu.blockNumber)
      return
    case 'with-list':
      writeList(head(5), apdu.results, code)
      return
  }
}
