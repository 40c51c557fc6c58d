/** The one door of validation: is it right. */
export { registerExceptions } from './cli.ts'
export { holidaysOf } from './holidays.ts'
export { type AcceptContext, acceptDays, judgeClock, judgeDays } from './judge.ts'
export { registerValidationRoutes } from './routes.ts'
export { loadRuleBook, loadRules, type RuleBook, type RuleSet } from './ruleBook.ts'
