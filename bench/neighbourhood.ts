// Child process: healthy meters of the virtual neighbourhood on lines without delay. Ends with its parent.
import { type Neighbourhood, startNeighbourhood } from '@contor/simulator'

process.once('disconnect', () => process.exit(0))
process.once('message', async (neighbourhood) => {
  await startNeighbourhood(neighbourhood as Neighbourhood)
  process.send?.('ready')
})
