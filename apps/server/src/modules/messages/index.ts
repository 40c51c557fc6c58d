/** The one door of messages: who is told what, and that it arrived. */
export { type NewMessage, writeMessage } from './write.ts'
