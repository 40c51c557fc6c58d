import { type Logger, pino } from 'pino'

export type Log = Logger

/**
 * JSON lines on stderr (stdout belongs to the answers of commands).
 * Level from CONTOR_LOG, default 'info'. Keys, passwords and tokens are cut by name.
 */
export function createLog(name: string, level = process.env['CONTOR_LOG'] ?? 'info'): Log {
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
    pino.destination({ dest: 2, sync: false }),
  )
}
