export { type CrcVariant, crc16 } from './crc.ts'
export {
  inspectSml,
  type SmlInspectOptions,
  type SmlResult,
  type TreeNode as SmlTreeNode,
} from './inspect.ts'
export {
  decodeFile,
  decodeMessage,
  encodeFile,
  encodeMessage,
  messageTags,
  type SmlBody,
  type SmlFile,
  type SmlMessage,
  type SmlMessageKind,
} from './messages.ts'
export {
  defaultSmlLimits,
  type Fault,
  type Parse,
  SmlError,
  type SmlErrorCode,
  type SmlLimits,
} from './parse.ts'
export { createSmlReader, decodeSml, encodeSml, type SmlEvent, type SmlReader } from './reader.ts'
export { activePowerW, obisText, readingsOf, type SmlReading } from './readings.ts'
export type { SmlElement, SmlInteger } from './tlv.ts'
export { encodeTransport, type TransportEvent, TransportReader } from './transport.ts'
export { smlUnit } from './units.ts'
export type { SmlListEntry, SmlParameterValue, SmlPeriodEntry, SmlTime, SmlTree, SmlValue } from './values.ts'
