export { bcc, crc16, sum7 } from './checks.ts'
export {
  type Fault,
  inspectTelegram,
  obisOf,
  type TelegramOptions,
  type TelegramResult,
} from './telegram.ts'
export { type Reading, readValue } from './value.ts'
