export {
  type AnswerEvent,
  Client,
  ClientError,
  type ClientErrorCode,
  type ClientOptions,
  connectClient,
} from './client.ts'
export { associateWithRecovery, type CounterKeeper, type RecoveryOptions } from './recover.ts'
export { type ServeOptions, type Serving, serveStream } from './server.ts'
export {
  type ByteStream,
  fromSocket,
  fromWebStreams,
  type SocketLike,
  type StreamClock,
  streamPair,
  systemClock,
  type WebStreams,
} from './stream.ts'
