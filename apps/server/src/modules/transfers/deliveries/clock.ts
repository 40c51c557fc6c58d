/** Minutes since civil midnight as a clock on a wall in Romania shows them. */
export function civilMinutes(at: number): number {
  const text = new Date(at).toLocaleTimeString('en-GB', {
    timeZone: 'Europe/Bucharest',
    hour: '2-digit',
    minute: '2-digit',
  })
  const [hours, minutes] = text.split(':').map(Number)
  return hours * 60 + minutes
}
