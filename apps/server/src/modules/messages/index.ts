/** The one door of messages: who is told what, and that it arrived. */
export { runMessageDelivery } from './deliver.ts'
export { registerMessageRoutes } from './routes.ts'
export { writeMessage } from './write.ts'
