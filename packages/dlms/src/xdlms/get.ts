// GET (Green Book 9.3.6, 9.5: tags C0 and C4).

import type { Reader, Writer } from '../bytes.ts'
import type { GetRequest, GetResponse } from './apdu.ts'
import {
  readAttribute,
  readDataResult,
  readFailure,
  readList,
  unknownChoice,
  writeAttribute,
  writeDataResult,
  writeList,
} from './descriptors.ts'

export function readGetRequest(reader: Reader): GetRequest {
  const at = reader.offset
  const choice = reader.u8()
  if (choice < 1 || choice > 3) unknownChoice('Get-Request', choice, at)
  const head = { kind: 'get-request', invokeIdAndPriority: reader.u8() } as const
  if (choice === 1) return { ...head, form: 'normal', attribute: readAttribute(reader) }
  if (choice === 2) return { ...head, form: 'next', blockNumber: reader.u32() }
  return { ...head, form: 'with-list', attributes: readList(reader, (r) => readAttribute(r)) }
}

export function writeGetRequest(writer: Writer, apdu: GetRequest): void {
  const head = (choice: number) => writer.u8(0xc0).u8(choice).u8(apdu.invokeIdAndPriority)
  if (apdu.form === 'normal') writeAttribute(head(1), apdu.attribute)
  else if (apdu.form === 'next') head(2).u32(apdu.blockNumber)
  else writeList(head(3), apdu.attributes, (w, attribute) => writeAttribute(w, attribute))
}

export function readGetResponse(reader: Reader): GetResponse {
  const at = reader.offset
  const choice = reader.u8()
  if (choice < 1 || choice > 3) unknownChoice('Get-Response', choice, at)
  const head = { kind: 'get-response', invokeIdAndPriority: reader.u8() } as const
  if (choice === 1) return { ...head, form: 'normal', result: readDataResult(reader) }
  if (choice === 3) return { ...head, form: 'with-list', results: readList(reader, readDataResult) }
  const lastBlock = reader.u8() !== 0
  const blockNumber = reader.u32()
  return { ...head, form: 'with-datablock', lastBlock, blockNumber, block: readResultBlock(reader) }
}

type ResultBlock = Extract<GetResponse, { form: 'with-datablock' }>['block']

// DataBlock-G: choice 0 raw-data, 1 data-access-result.
function readResultBlock(reader: Reader): ResultBlock {
  const at = reader.offset
  const choice = reader.u8()
  if (choice === 0) return { ok: true, raw: reader.copy(reader.length()) }
  if (choice !== 1) unknownChoice('DataBlock-G', choice, at)
  return { ok: false, ...readFailure(reader) }
}

export function writeGetResponse(writer: Writer, apdu: GetResponse): void {
  const head = (choice: number) => writer.u8(0xc4).u8(choice).u8(apdu.invokeIdAndPriority)
  if (apdu.form === 'normal') {
    writeDataResult(head(1), apdu.result)
  } else if (apdu.form === 'with-list') {
    writeList(head(3), apdu.results, writeDataResult)
  } else {
    head(2)
      .u8(apdu.lastBlock ? 1 : 0)
      .u32(apdu.blockNumber)
    if (apdu.block.ok) writer.u8(0).prefixed(apdu.block.raw)
    else writer.u8(1).u8(apdu.block.code)
  }
}
