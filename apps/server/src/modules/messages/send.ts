// The ways out of a message: a signed webhook, or a letter.

import { createHmac } from 'node:crypto'
import nodemailer from 'nodemailer'
import type { MessageAddress } from './subscriptions.ts'

const timeoutMs = 20_000
const maxAnswer = 500

export interface Outgoing {
  /** The message's id: the same at every attempt, so that its receiver can tell a repetition. */
  readonly id: string
  readonly kind: string
  readonly contentType: string
  readonly body: string
}

/** `t=SECONDS,v1=HEX`: HMAC-SHA-256 over `SECONDS.BODY`. Receivers refuse what is old as well as what does not match. */
export function signatureOf(key: string, seconds: number, body: string): string {
  return `t=${seconds},v1=${createHmac('sha256', key).update(`${seconds}.${body}`).digest('hex')}`
}

/** @returns what the other side answered. @throws Error when it did not take the message */
export async function postWebhook(
  address: Extract<MessageAddress, { channel: 'webhook' }>,
  key: string,
  { id, kind, contentType, body }: Outgoing,
): Promise<string> {
  const response = await fetch(address.url, {
    method: 'POST',
    body,
    // Another address than the agreed one is never followed.
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
    headers: {
      'content-type': contentType,
      'idempotency-key': id,
      'x-contor-kind': kind,
      'x-contor-signature': signatureOf(key, Math.floor(Date.now() / 1_000), body),
    },
  })
  const answer = await firstOf(response)
  if (!response.ok) throw new Error(`HTTP ${response.status}: ${answer}`)
  return answer === '' ? `HTTP ${response.status}` : answer
}

/** The beginning of an answer, however long it is. */
async function firstOf(response: Response): Promise<string> {
  if (!response.body) return ''
  const reader = response.body.getReader()
  let text = ''
  const decoder = new TextDecoder()
  while (text.length < maxAnswer) {
    const { done, value } = await reader.read()
    if (done) break
    text += decoder.decode(value, { stream: true })
  }
  await reader.cancel().catch(() => {})
  return text.slice(0, maxAnswer).trim()
}

/** @returns the mail server's answer. @throws Error when it refused */
export async function sendLetter(
  address: Extract<MessageAddress, { channel: 'email' }>,
  password: string | undefined,
  to: string,
  letter: { readonly id: string; readonly subject: string; readonly text: string },
): Promise<string> {
  const transport = nodemailer.createTransport({
    host: address.host,
    port: address.port,
    secure: address.port === 465,
    requireTLS: address.requireTls && address.port !== 465,
    ...(address.user ? { auth: { user: address.user, pass: password ?? '' } } : {}),
    connectionTimeout: timeoutMs,
    socketTimeout: timeoutMs,
  })
  try {
    const sent = await transport.sendMail({
      from: address.from,
      to,
      subject: letter.subject,
      text: `${letter.text}\n`,
      // A mail server that sees the same letter twice can tell.
      messageId: `<${letter.id}@contor>`,
    })
    if (sent.accepted.length === 0) throw new Error(`the mail server refused ${to}: ${sent.response}`)
    return sent.response.slice(0, maxAnswer)
  } finally {
    transport.close()
  }
}
