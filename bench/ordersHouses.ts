// Child process: houses whose residents hold the button as soon as their meter is ready. Ends with its parent.
import { type Neighbourhood, startNeighbourhood } from '@contor/simulator'

process.once('disconnect', () => process.exit(0))
process.once('message', async (neighbourhood) => {
  const running = await startNeighbourhood(neighbourhood as Neighbourhood)
  setInterval(() => {
    for (const { household } of running.meters.values())
      if (household.resident.show().control === 'ready') household.resident.pressButton(10)
  }, 500)
  process.on('message', () =>
    process.send?.(
      [...running.meters.values()].map(({ household }) => {
        const { opened, closed } = household.resident.show()
        return { opened, closed }
      }),
    ),
  )
  process.send?.('ready')
})
