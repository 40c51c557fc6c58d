// `contor erase`: a person is forgotten as far as the law allows.

import { isCivilDay } from '@contor/intervals'
import type { Command } from 'commander'
import { ContorError, systemActor } from '../../../platform/index.ts'
import type { WithDatabase } from '../cli.ts'
import { type Erased, erasePerson } from './erase.ts'

type Options = { readonly contractEnded: string; readonly reason: string; readonly json?: boolean }

/** Adds `erase CUSTOMER`. */
export function registerErase(program: Command, withDatabase: WithDatabase): void {
  program
    .command('erase')
    .description('forget a person: the link at once, readings as far as no law keeps them')
    .argument('<customer>', 'number of the customer')
    .requiredOption('--contract-ended <day>', 'last civil day of the contract, YYYY-MM-DD')
    .requiredOption('--reason <text>', 'who asked, and by which letter; goes to the audit')
    .option('--json', 'print {points, grants, tokens, users, days, kept}')
    .action(async (customer: string, { contractEnded, reason, json }: Options) => {
      const erased = await withDatabase((db) =>
        erasePerson(db, systemActor, { customer, contractEnded: civilDay(contractEnded), reason }),
      )
      process.stdout.write(json ? `${JSON.stringify(erased)}\n` : print(erased))
    })
}

function civilDay(text: string): string {
  if (isCivilDay(text)) return text
  throw new ContorError('invalid-request', `${text} is no civil day`, {
    field: '--contract-ended',
    value: text,
    remedy: 'Give a day as YYYY-MM-DD.',
  })
}

function print({ points, grants, tokens, users, days, kept }: Erased): string {
  const lines = [
    `severed: ${points} points, ${grants} grants, ${tokens} tokens, ${users} accounts`,
    `erased: ${days} days of readings; their energy stays as totals of months`,
    ...kept.map((one) => `kept until ${one.until}: ${one.what} (${one.source})`),
  ]
  return `${lines.join('\n')}\n`
}
