/** Whether data of persons may go to this address: https, or clear http to a program on this machine. */
export function isSafeAddress(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return (
    protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(hostname))
  )
}
