// Child process: the collector beside the orders. Arguments: database, data folder with the key that proves commands,
// port for messages of meters. Ends with its parent.
import { createPool, loadVerifier } from '@contor/server'
import { collectOrdersDay } from '../apps/server/src/modules/orders/testing/ordersDay.ts'

process.once('disconnect', () => process.exit(0))
const [connectionString, folder = '', port] = process.argv.slice(2)
const db = createPool({ connectionString, parameters: { role: 'contor_app' }, max: 10 })
const verifier = await loadVerifier(folder)
if (!verifier) throw new Error(`no key of commands in ${folder}`)
await collectOrdersDay(db, verifier, Number(port))
process.send?.('ready')
