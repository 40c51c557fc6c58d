/** The one door of orders: who may be disconnected or connected again, when, and what became of it. */
export { createOrderClock } from './clock.ts'
export { runOrderEngine } from './engine.ts'
export { registerOrderRoutes } from './routes.ts'
