/** The one door of validation: is it right. */
export { loadCalendar } from './calendar.ts'
export { registerExceptions } from './cli.ts'
export { validationJobs } from './jobs.ts'
export { type AcceptContext, acceptDays, judgeClock, judgeDays } from './judge.ts'
export { registerValidationRoutes } from './routes.ts'
export { loadRuleBook, type RuleBook, type RuleSet } from './ruleBook.ts'
export { judgeStationDay } from './station.ts'
