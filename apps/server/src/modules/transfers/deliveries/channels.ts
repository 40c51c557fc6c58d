// The ways out: SFTP, HTTPS, e-mail. Each sends one file and tells what the other side said.
import { createHash, createHmac } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { request as clear } from 'node:http'
import { request as secure } from 'node:https'
import { pipeline } from 'node:stream/promises'
import nodemailer from 'nodemailer'
import ssh2, { type SFTPWrapper } from 'ssh2'
import type { Address } from './recipients.ts'

export interface Outgoing {
  readonly path: string
  readonly name: string
  readonly contentType: string
  readonly bytes: number
  readonly sha256: string
  /** Civil day of the readings. */
  readonly day: string
}

/** `acknowledgement` is undefined when the other side confirms later (SFTP: a file NAME.ack). */
export interface Sent {
  readonly acknowledgement: string | undefined
}

const timeoutMs = 60_000
const maxAnswerBytes = 4_096

export function send(address: Address, secret: string | undefined, file: Outgoing): Promise<Sent> {
  if (address.kind === 'sftp') return sendSftp(address, secret, file)
  return address.kind === 'https' ? sendHttps(address, secret, file) : sendEmail(address, secret, file)
}

type Sftp = Extract<Address, { kind: 'sftp' }>

/** Opens a session at a server whose host key is the agreed one. */
async function withSftp<T>(
  address: Sftp,
  secret: string | undefined,
  use: (sftp: SFTPWrapper) => Promise<T>,
): Promise<T> {
  const client = new ssh2.Client()
  const { host, port, user } = address
  try {
    const sftp = await new Promise<SFTPWrapper>((resolve, reject) => {
      client.once('error', reject)
      client.once('ready', () => client.sftp((error, session) => (error ? reject(error) : resolve(session))))
      client.connect({
        host,
        port,
        username: user,
        ...(secret?.includes('PRIVATE KEY') ? { privateKey: secret } : { password: secret ?? '' }),
        hostVerifier: (key: Buffer) =>
          createHash('sha256').update(key).digest('base64').replace(/=+$/, '') === address.hostKey,
        readyTimeout: timeoutMs,
      })
    })
    return await use(sftp)
  } finally {
    client.end()
  }
}

// Written under another name first: who polls the folder never sees half a file.
async function sendSftp(address: Sftp, secret: string | undefined, file: Outgoing): Promise<Sent> {
  const target = `${address.folder}/${file.name}`
  await withSftp(address, secret, async (sftp) => {
    await pipeline(createReadStream(file.path), sftp.createWriteStream(`${target}.part`))
    await new Promise<void>((resolve) => sftp.unlink(target, () => resolve())) // SFTP's rename does not replace
    await new Promise<void>((resolve, reject) =>
      sftp.rename(`${target}.part`, target, (error) => (error ? reject(error) : resolve())),
    )
  })
  return { acknowledgement: undefined }
}

/** The text of NAME.ack beside the delivered file, or undefined while there is none. */
export function readAcknowledgement(
  address: Sftp,
  secret: string | undefined,
  name: string,
): Promise<string | undefined> {
  return withSftp(
    address,
    secret,
    (sftp) =>
      new Promise((resolve) =>
        sftp.readFile(`${address.folder}/${name}.ack`, (error, data) =>
          resolve(error ? undefined : data.toString('utf8').slice(0, maxAnswerBytes).trim() || 'received'),
        ),
      ),
  )
}

/** `X-Contor-Signature: t=…,v1=…`: HMAC-SHA-256 over `t.sha256(body).name`. */
export function signature(key: string, seconds: number, sha256: string, name: string): string {
  const mac = createHmac('sha256', key).update(`${seconds}.${sha256}.${name}`).digest('hex')
  return `t=${seconds},v1=${mac}`
}

function sendHttps(
  address: Extract<Address, { kind: 'https' }>,
  secret: string | undefined,
  file: Outgoing,
): Promise<Sent> {
  const url = new URL(address.url)
  const seconds = Math.floor(Date.now() / 1_000)
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? secure : clear)(
      url,
      {
        method: 'POST',
        timeout: timeoutMs,
        headers: {
          'content-type': file.contentType,
          'content-length': file.bytes,
          'content-disposition': `attachment; filename="${file.name}"`,
          'x-contor-day': file.day,
          'x-contor-sha256': file.sha256,
          // The same for every attempt: the receiver can tell a repetition.
          'idempotency-key': `${file.name}-${file.sha256.slice(0, 16)}`,
          ...(secret ? { 'x-contor-signature': signature(secret, seconds, file.sha256, file.name) } : {}),
        },
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (part: string) => {
          if (text.length < maxAnswerBytes) text += part
        })
        response.once('error', reject)
        response.once('end', () => {
          const status = response.statusCode ?? 0
          const answer = text.slice(0, maxAnswerBytes).trim()
          if (status >= 200 && status < 300) resolve({ acknowledgement: answer || `HTTP ${status}` })
          else reject(new Error(`HTTP ${status}: ${answer.slice(0, 300)}`))
        })
      },
    )
    request.once('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs / 1_000} s`)))
    request.once('error', reject)
    pipeline(createReadStream(file.path), request).catch(reject)
  })
}

async function sendEmail(
  address: Extract<Address, { kind: 'email' }>,
  secret: string | undefined,
  file: Outgoing,
): Promise<Sent> {
  const transport = nodemailer.createTransport({
    host: address.host,
    port: address.port,
    secure: address.port === 465,
    requireTLS: address.requireTls && address.port !== 465,
    ...(address.user ? { auth: { user: address.user, pass: secret ?? '' } } : {}),
    connectionTimeout: timeoutMs,
    socketTimeout: timeoutMs,
  })
  try {
    const result = await transport.sendMail({
      from: address.from,
      to: address.to,
      subject: `Date de măsurare ${file.day} / Metering data ${file.day}`,
      text: `Datele de măsurare pentru ziua ${file.day} sunt în fișierul atașat.\nThe readings of ${file.day} are in the attached file.\n\n${file.name}\nSHA-256 ${file.sha256}\n`,
      attachments: [{ filename: file.name, path: file.path, contentType: file.contentType }],
    })
    if (result.accepted.length === 0)
      throw new Error(`the mail server refused ${address.to}: ${result.response}`)
    return { acknowledgement: result.response }
  } finally {
    transport.close()
  }
}
