/** Interruptions that somebody knows of: planned, accidental, and asked for by a user with a fault. */
export { registerInterruptionRoutes } from './routes.ts'
