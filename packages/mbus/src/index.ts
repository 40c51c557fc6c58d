export {
  type Application,
  type ApplicationOptions,
  baudRates,
  readApplication,
  type SelectionMask,
} from './application.ts'
export { aesCmac, derivation, deriveKey, type MbusCrypto } from './crypto.ts'
export { decodeTelegram, type Telegram } from './decode.ts'
export { type FixedCounter, type FixedData, fixedUnit } from './fixed.ts'
export {
  type Configuration,
  type Header,
  type MeterAddress,
  type MeterStatus,
  statusNames,
  statusOf,
} from './header.ts'
export {
  inspectMbus,
  looksLikeWireless,
  type MbusInspectOptions,
  type MbusResult,
  type TreeNode as MbusTreeNode,
} from './inspect.ts'
export { acknowledgement, decodeFrame, encodeLong, encodeShort, type LinkFrame, maxUserData } from './link.ts'
export {
  createMaster,
  defaultMasterOptions,
  type Master,
  type MasterOptions,
  type MasterOutcome,
  type MasterOutput,
  type MasterRequest,
  selectedAddress,
  selectionOctets,
} from './master.ts'
export { defaultMbusLimits, type Fault, type MbusLimits, type Parse } from './parse.ts'
export {
  crc16,
  decodeBare,
  decodeFormatA,
  decodeFormatB,
  decodeRadioFrame,
  encodeFormatA,
  type RadioFormat,
  type RadioFrame,
} from './radio.ts'
export {
  type CompactProfile,
  type MbusRecord,
  type RecordFunction,
  type RecordList,
  type RecordValue,
  readRecords,
  valueText,
} from './records.ts'
export { createSearch, type Search, type SearchStep } from './search.ts'
export { createSlave, matches, type Slave, type SlaveOptions } from './slave.ts'
export { type MbusTime, timeOf } from './times.ts'
export { media, type Quantity, quantityOf } from './vif.ts'
export { type Qualifier, qualifierOf } from './vife.ts'
export {
  type Authentication,
  decodeWireless,
  type ExtendedLink,
  type WirelessOptions,
  type WirelessTelegram,
} from './wireless.ts'
