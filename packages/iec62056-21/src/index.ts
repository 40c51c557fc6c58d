export { bcc, crc16, sum7 } from './checks.ts'
export {
  type DataSet,
  type DataValue,
  historicOf,
  readDataSets,
  splitValue,
  writeDataSets,
  writeValue,
} from './dataSets.ts'
export {
  type CommandResult,
  createDevice,
  type Device,
  type DeviceEvent,
  type DeviceOptions,
} from './device.ts'
export {
  baudOf,
  baudRates,
  type Identification,
  type Mode,
  openingBaud,
  readIdentification,
  writeIdentification,
} from './identification.ts'
export { defaultTiming, type LineSettings, type Output, type Timing } from './line.ts'
export {
  type BlockCheck,
  encodeCommand,
  encodeData,
  encodeOption,
  encodeRequest,
  type Message,
  MessageReader,
} from './messages.ts'
export {
  decodeP1,
  type P1Channel,
  type P1Object,
  type P1Options,
  type P1Telegram,
  type P1Time,
  type P1Value,
  readTime,
} from './p1/model.ts'
export { createTelegramReader, type TelegramEvent, type TelegramReader } from './p1/stream.ts'
export { addParity, stripParity } from './parity.ts'
export { defaultIecLimits, IecError, type IecErrorCode, type IecFault, type IecLimits } from './parse.ts'
export {
  instantOf,
  type LoadProfile,
  type LocalTime,
  type LogEntry,
  type ProfileChannel,
  type ProfileRow,
  type ProfileRun,
  profileRequest,
  readEventLog,
  readLoadProfile,
  readLocalTime,
  seasonZone,
  statusBits,
  writeLoadProfile,
  type Zone,
} from './profile.ts'
export { createReader, plainPassword, type Reader } from './reader.ts'
export type { PasswordAnswer, ReaderEvent, ReaderOptions, ReaderState } from './readerTypes.ts'
export { type RegisterOptions, registerCommands } from './registers.ts'
export { type Range, secretRanges } from './secrets.ts'
export {
  type Fault,
  inspectTelegram,
  obisOf,
  type TelegramOptions,
  type TelegramResult,
} from './telegram.ts'
export { type Reading, readValue } from './value.ts'
