import { type Logger, pino } from 'pino'

export type Log = Logger

/**
 * JSON lines on stderr, or in `file` (stdout belongs to the answers of commands).
 * Level from CONTOR_LOG, default 'info'. Keys, passwords and tokens are cut by name.
 */
export function createLog(name: string, file?: string): Log {
  const level = process.env['CONTOR_LOG'] || 'info'
  return pino(
    {
      name,
      level,
      redact: {
        paths: [
          'password',
          '*.password',
          'token',
          '*.token',
          'key',
          '*.key',
          'keys',
          '*.keys',
          'req.headers.authorization',
          'req.headers.cookie',
        ],
        censor: '[redacted]',
      },
    },
    pino.destination(file ? { dest: file, sync: false, mkdir: true } : { dest: 2, sync: false }),
  )
}
