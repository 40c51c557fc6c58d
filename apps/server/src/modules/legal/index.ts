/** The one door of figures of law: dated rows with their source, which every module may ask. */
export { type Deadlines, loadDeadlines } from './deadline.ts'
export { registerLegalRoutes } from './routes.ts'
export { type LegalRule, legalRule, listLegalRules, ruleOf } from './rules.ts'
