// keys: the security setup of an association, and handing a meter new keys wrapped under its master key.

import { needCrypto, securitySetup } from '@contor/dlms'
import { nodeCrypto } from '@contor/dlms/node'
import type { Command } from 'commander'
import { bad, obisOf, oneOf, secret } from './input.ts'
import { withMeter } from './meter.ts'
import { type Options, withConnection } from './options.ts'
import { octetsText, print } from './output.ts'

type KeyOptions = Options & { obis: string; transfer?: string; newKey?: string; masterKey?: string }

const kinds = {
  encryption: 'global unicast encryption key',
  broadcast: 'global broadcast encryption key',
  authentication: 'authentication key',
  master: 'master key',
} as const

export function registerKeys(dlms: Command): void {
  withConnection(dlms.command('keys').description('Show the security setup; hand the meter a new key'))
    .option('--obis <code>', 'logical name of the security setup', obisOf('--obis'), '0.0.43.0.0.255')
    .option('--transfer <kind>', `which key the meter gets: ${Object.keys(kinds).join(', ')}`)
    .option('--new-key <hex>', 'the key; @FILE reads it from a file')
    .option('--master-key <hex>', "the meter's master key, which wraps it; @FILE reads it from a file")
    .addHelpText(
      'after',
      '\nThe new key holds once the meter has said success: keep the old one until an association with the new one stands.',
    )
    .action((options: KeyOptions) =>
      withMeter(options, async (meter) => {
        const object = securitySetup(options.obis)
        if (options.transfer !== undefined) {
          const kind = oneOf(options.transfer, '--transfer', Object.keys(kinds) as (keyof typeof kinds)[])
          const lengths = [options.suite === '2' ? 32 : 16]
          if (!options.newKey) throw bad('--new-key', '', 'the key to hand over')
          if (!options.masterKey) throw bad('--master-key', '', "the meter's master key")
          const key = await secret(options.newKey, lengths, '--new-key')
          const masterKey = await secret(options.masterKey, lengths, '--master-key')
          const wrappedKey = needCrypto(nodeCrypto, 'aesKeyWrap')(masterKey, key)
          await meter.invoke(object.keyTransfer([{ keyId: kinds[kind], wrappedKey }]), 'key_transfer')
        }
        const [policy, suite, client, server] = await meter.tryReadAll([
          object.securityPolicy,
          object.securitySuite,
          object.clientSystemTitle,
          object.serverSystemTitle,
        ])
        const certificates = await meter.tryRead(object.certificates)
        const setup = {
          policy: policy.ok ? policy.value : null,
          suite: suite.ok ? suite.value : null,
          clientSystemTitle: client.ok ? octetsText(client.value) : null,
          serverSystemTitle: server.ok ? octetsText(server.value) : null,
          certificates: certificates.ok
            ? certificates.value.map(({ entity, type, subject }) => ({
                entity,
                type,
                subject: octetsText(subject),
              }))
            : [],
        }
        print(
          options,
          setup,
          [
            `policy ${setup.policy ?? 'not readable'}, suite ${setup.suite ?? 'not readable'}`,
            `client ${setup.clientSystemTitle ?? 'not readable'}, server ${setup.serverSystemTitle ?? 'not readable'}`,
            ...setup.certificates.map((c) => `certificate of the ${c.entity}: ${c.type}, ${c.subject}`),
          ].join('\n'),
        )
      }),
    )
}
