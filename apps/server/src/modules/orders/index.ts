/** The one door of orders: who may be disconnected or connected again, when, and what became of it. */
export { recordFieldResult } from './act.ts'
export { createOrderClock } from './clock.ts'
export { createOrder, type OrderDesk } from './create.ts'
export { endDeviceControls } from './endDeviceControls.ts'
export { runOrderEngine } from './engine.ts'
export { actionOf, type OrderType } from './machine.ts'
export { registerOrderRoutes } from './routes.ts'
