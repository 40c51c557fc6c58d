export type { MbusCrypto } from '@contor/mbus'
export { type Candidate, candidatesOf, type Evidence, type SpokenProtocol } from './candidates.ts'
export { type Conversation, conversationsOf } from './capture.ts'
export {
  type DecodeItem,
  InputError,
  idOf,
  type KeyTexts,
  keysOf,
  parseHex,
  readInput,
  readItem,
  readText,
} from './input.ts'
export { type Message, messagesOf, messagesToJson, messagesToXml } from './messages.ts'
export { joinFrames, type RecogniseOptions, type Recognition, recogniseAndInspect } from './recognise.ts'
