// The classes of the book's overview (Blue Book 4.2) against what is declared: none is forgotten silently.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSecretMember } from '../security/secrets.ts'
import { attributeName, cosemClasses, cosemClassVersions, methodOf } from './index.ts'

/** The class ids of the overview of edition 17, by one transcription. */
const overview = [
  ...[1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 40, 41],
  ...[42, 43, 44, 45, 46, 47, 48, 50, 51, 52, 53, 55, 56, 57, 58, 59, 61, 62, 63, 64, 65, 66, 67, 68, 70, 71],
  ...[
    72, 73, 74, 76, 77, 80, 81, 82, 83, 84, 85, 86, 90, 91, 92, 95, 96, 97, 98, 100, 101, 102, 103, 104, 105,
  ],
  ...[111, 112, 113, 115, 116, 122, 123, 124, 126, 127, 128, 129, 130, 131, 132, 133, 140, 141, 142, 143],
  ...[151, 152, 153, 160, 161, 162, 170],
]
/** Named by the overview, and no source that may be used gives their attributes. */
const unsourced = [96, 160, 170]

test('every class of the overview is declared, or listed with the reason why not', () => {
  const missing = overview.filter((id) => !cosemClasses.has(id))
  assert.deepEqual(missing, unsourced)
  assert.deepEqual(
    [...cosemClasses.keys()].filter((id) => !overview.includes(id)),
    [],
  )
})

test('no two attributes or methods of a class share a name, a key or a short name; methods stand above attributes', () => {
  for (const versions of cosemClassVersions.values())
    for (const { id, version, attributes, methods } of versions) {
      const where = `class ${id}, version ${version}`
      for (const members of [attributes, methods])
        for (const part of ['name', 'key'] as const)
          assert.equal(new Set(members.map((one) => one[part])).size, members.length, `${where}: ${part}`)
      const offsets = methods.flatMap(({ shortName }) => (shortName === undefined ? [] : [shortName]))
      const last = attributes.at(-1)?.shortName ?? 0
      assert.ok(
        // Association SN gave attributes 5 and 6 the places of methods that were withdrawn.
        offsets.every((offset) => offset % 8 === 0 && (offset > last || id === 12)),
        `${where}: ${offsets} and ${last}`,
      )
    }
})

test('names and offsets as the tables of edition 16 print them', () => {
  assert.equal(attributeName(161, 8), 'G3-PLC Hybrid RF MAC setup.mac_POS_table_RF')
  assert.equal(attributeName(161, 38), 'G3-PLC Hybrid RF MAC setup.mac_max_bcast_resync_wait_unit_RF')
  assert.equal(
    attributeName(162, 19),
    'G3-PLC Hybrid 6LoWPAN adaptation layer setup.adp_trickle_LQI_threshold_high_RF',
  )
  assert.equal(attributeName(140, 9), 'HS-PLC ISO/IEC 12139-1 MAC setup.rts/cts')
  assert.equal(attributeName(130, 6), 'ISO/IEC 14908 identification.unique_node_ID')
  assert.equal(attributeName(132, 8), 'ISO/IEC 14908 protocol status.layer2_received')
  assert.equal(attributeName(129, 14), 'LoRaWAN diagnostic.in_mean_snr_rx2')
  assert.equal(attributeName(128, 4), 'LoRaWAN setup.max_transmit_EIRP_setting')
  assert.equal(attributeName(98, 9), 'MPL diagnostic.dm_t_exp')
  const at = (id: number, version?: number) => methodOf(id, 1, version)?.shortName
  assert.deepEqual(
    [66, 97, 98, 127, 128, 129, 132, 133, 161].map((id) => at(id)),
    [0x48, 0x48, 0x70, 0x40, 0x60, 0x70, 0x70, 0x60, 0x130],
  )
  // IEC 62056-8-8:2020 has these without a reset.
  assert.deepEqual([at(132, 0), at(133, 0)], [undefined, undefined])
})

test('the key of class 140 is hidden like any other', () => {
  assert.ok(isSecretMember(140, 'attribute', 8))
  assert.ok(!isSecretMember(140, 'attribute', 7))
})
