// ACCESS (Green Book 9.3.9, 9.5: tags D9 and DA): GET, SET and ACTION of many objects in one APDU.

import { readData } from '../axdr/decode.ts'
import { writeData } from '../axdr/encode.ts'
import type { Reader, Writer } from '../bytes.ts'
import type { AccessRequest, AccessResponse, AccessResult, AccessSpecification } from './apdu.ts'
import {
  readAttribute,
  readList,
  readMethod,
  readPresence,
  readSelection,
  unknownChoice,
  writeAttribute,
  writeList,
  writeMethod,
  writeSelection,
} from './descriptors.ts'
import { actionName, dataAccessName } from './results.ts'

const choices = { get: 1, set: 2, action: 3, getWithSelection: 4, setWithSelection: 5 } as const

export function readAccessRequest(reader: Reader): AccessRequest {
  return {
    kind: 'access-request',
    longInvokeId: reader.u32(),
    dateTime: reader.copy(reader.length()),
    specifications: readList(reader, readSpecification),
    data: readList(reader, readData),
  }
}

export function writeAccessRequest(writer: Writer, apdu: AccessRequest): void {
  writer.u8(0xd9).u32(apdu.longInvokeId).prefixed(apdu.dateTime)
  writeList(writer, apdu.specifications, writeSpecification)
  writeList(writer, apdu.data, writeData)
}

export function readAccessResponse(reader: Reader): AccessResponse {
  const head = {
    kind: 'access-response',
    longInvokeId: reader.u32(),
    dateTime: reader.copy(reader.length()),
  } as const
  const specifications = readPresence(reader) ? readList(reader, readSpecification) : undefined
  return {
    ...head,
    ...(specifications && { specifications }),
    data: readList(reader, readData),
    results: readList(reader, readResult),
  }
}

export function writeAccessResponse(writer: Writer, apdu: AccessResponse): void {
  writer.u8(0xda).u32(apdu.longInvokeId).prefixed(apdu.dateTime)
  writer.u8(apdu.specifications ? 1 : 0)
  if (apdu.specifications) writeList(writer, apdu.specifications, writeSpecification)
  writeList(writer, apdu.data, writeData)
  writeList(writer, apdu.results, (w, result) => {
    w.u8(choices[result.service]).u8(result.code)
  })
}

function readSpecification(reader: Reader): AccessSpecification {
  const at = reader.offset
  const choice = reader.u8()
  switch (choice) {
    case choices.get:
      return { service: 'get', attribute: readAttribute(reader, false) }
    case choices.set:
      return { service: 'set', attribute: readAttribute(reader, false) }
    case choices.action:
      return { service: 'action', method: readMethod(reader) }
    case choices.getWithSelection:
    case choices.setWithSelection: {
      const service = choice === choices.getWithSelection ? 'get' : 'set'
      const attribute = readAttribute(reader, false)
      return { service, attribute: { ...attribute, selection: readSelection(reader) } }
    }
    default:
      return unknownChoice('Access-Request-Specification', choice, at)
  }
}

function writeSpecification(writer: Writer, specification: AccessSpecification): void {
  if (specification.service === 'action') {
    writeMethod(writer.u8(choices.action), specification.method)
    return
  }
  const { service, attribute } = specification
  if (!attribute.selection) {
    writeAttribute(writer.u8(choices[service]), attribute, false)
    return
  }
  writer.u8(service === 'get' ? choices.getWithSelection : choices.setWithSelection)
  writeAttribute(writer, attribute, false)
  writeSelection(writer, attribute.selection)
}

function readResult(reader: Reader): AccessResult {
  const at = reader.offset
  const choice = reader.u8()
  if (choice < choices.get || choice > choices.action) {
    unknownChoice('Access-Response-Specification', choice, at)
  }
  const code = reader.u8()
  if (choice === choices.action) return { service: 'action', result: actionName(code), code }
  return { service: choice === choices.get ? 'get' : 'set', result: dataAccessName(code), code }
}
