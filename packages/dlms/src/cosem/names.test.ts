import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fromHex } from '../bytes.ts'
import {
  attributeLabel,
  className,
  codeFromFlag,
  cosemClasses,
  cosemClassVersions,
  describeSystemTitle,
  eventName,
  flagFromCode,
  loadFlagNames,
  mediumName,
  methodLabel,
  obisName,
  unitSymbol,
} from './index.ts'
import { attributeWords, methodWords } from './names/attributeWords.ts'

const expected: readonly (readonly [string, string, string])[] = [
  ['1.0.1.8.0.255', 'Energie activă import (A+)', 'Active energy import (A+)'],
  ['1-0:1.8.2*255', 'Energie activă import (A+), tariful 2', 'Active energy import (A+), tariff 2'],
  ['1.0.16.7.0.255', 'Putere activă netă |A+|−|A−|', 'Active power, net |A+|−|A−|'],
  ['1.0.41.7.0.255', 'Putere activă import (A+) L2', 'Active power import (A+) L2'],
  ['1.0.13.7.0.255', 'Factor de putere', 'Power factor'],
  ['1.0.31.7.5.255', 'Curent L1, armonica 5', 'Current L1, harmonic 5'],
  [
    '1.0.71.7.124.255',
    'Curent L3, distorsiune armonică totală (THD)',
    'Current L3, total harmonic distortion (THD)',
  ],
  ['1.0.81.7.26.255', 'Unghi U(L3)–I(L3)', 'Angle U(L3)–I(L3)'],
  ['1.0.52.32.0.255', 'Tensiune L2, numărul scăderilor', 'Voltage L2, number of sags'],
  ['1.0.32.24.0.255', 'Tensiune L1, media curentă 3', 'Voltage L1, current average 3'],
  [
    '1.0.1.6.1.101',
    'Putere maximă activă import (A+), tariful 1, ultima perioadă de facturare',
    'Active maximum demand import (A+), tariff 1, last billing period',
  ],
  [
    '1.1.2.8.0.3',
    'Energie activă export (A−), canalul 1, perioada de facturare 3',
    'Active energy export (A−), channel 1, billing period 3',
  ],
  [
    '1.0.1.8.0.42',
    'Energie activă import (A+), perioada de facturare 42',
    'Active energy import (A+), billing period 42',
  ],
  [
    '1.0.1.8.0.103',
    'Energie activă import (A+), acum 3 perioade de facturare',
    'Active energy import (A+), 3 billing periods ago',
  ],
  ['1.0.99.1.0.255', 'Profil de sarcină', 'Load profile'],
  ['1.0.0.2.0.255', 'Versiunea de firmware', 'Firmware version'],
  ['0.0.40.0.0.255', 'Asocierea curentă', 'Current association'],
  ['0.0.43.1.0.255', 'Contor de invocări', 'Invocation counter'],
  ['0.2.24.1.0.255', 'Client M-Bus, canalul 2', 'M-Bus client, channel 2'],
  ['0.0.97.98.1.255', 'Registru de alarme 2', 'Alarm register 2'],
  ['0.0.97.98.10.255', 'Filtru de alarme 1', 'Alarm filter 1'],
  ['0.0.99.98.5.255', 'Jurnalul calității energiei', 'Power quality log'],
  ['0.0.96.7.21.255', 'Întreruperi pe oricare fază', 'Power failures in any phase'],
  ['7.0.3.2.0.255', 'Volum de gaz, condiții de bază', 'Gas volume, base conditions'],
  ['6.0.1.0.0.255', 'Energie termică', 'Thermal energy'],
  ['8.0.1.0.0.255', 'Volum de apă (rece)', 'Water volume (cold)'],
  ['1.0.200.7.0.255', '1.0.200.7.0.255', '1.0.200.7.0.255'],
  ['not a code', 'not a code', 'not a code'],
]

test('names follow from the value groups', () => {
  for (const [obis, ro, en] of expected) {
    assert.equal(obisName(obis), ro)
    assert.equal(obisName(obis, 'en'), en)
  }
  assert.equal(mediumName(8), 'Apă rece')
  assert.equal(mediumName(3), undefined)
})

test('every code has some text in both languages, and the languages agree on what is known', () => {
  const group = fc.integer({ min: 0, max: 255 })
  fc.assert(
    fc.property(
      fc.constantFrom(0, 1, 5, 6, 7, 8, 9, 77),
      fc.nat(3),
      group,
      group,
      group,
      group,
      (...groups) => {
        const obis = groups.join('.')
        const [ro, en] = [obisName(obis), obisName(obis, 'en')]
        assert.ok(ro.length > 0 && !/undefined|NaN/.test(ro + en))
        assert.equal(ro === obis, en === obis)
      },
    ),
    { numRuns: 3_000 },
  )
})

test('units of the whole table', () => {
  assert.equal(unitSymbol(30), 'Wh')
  assert.equal(unitSymbol(67), 'atm')
  assert.equal(unitSymbol(146), 'Btu')
  assert.equal(unitSymbol(255), '')
  assert.equal(unitSymbol(59), undefined)
})

test('FLAG ids by letters and by code', async () => {
  const names = await loadFlagNames()
  assert.ok(names.ids.length > 1_500)
  assert.equal(names.name('KAM'), 'Kamstrup Energi')
  assert.equal(names.name('kfm')?.includes('Shenzhen Kaifa'), true)
  assert.equal(names.name('???'), undefined)
  assert.equal(codeFromFlag('KAM'), 11_309)
  assert.equal(flagFromCode(11_309), 'KAM')
  assert.equal(flagFromCode(0), undefined)
  assert.throws(() => codeFromFlag('K4M'), { code: 'invalid-argument' })
  for (const flag of names.ids) {
    if (/^[A-Z]{3}$/.test(flag)) assert.equal(flagFromCode(codeFromFlag(flag)), flag)
  }
})

test('system titles', async () => {
  const names = await loadFlagNames()
  assert.deepEqual(describeSystemTitle(fromHex('4b414d0102030405'), names), {
    flag: 'KAM',
    manufacturer: 'Kamstrup Energi',
    number: 0x0102030405n,
    digits: '0102030405',
    hex: '4b414d0102030405',
  })
  const iskra = describeSystemTitle(fromHex('49534b6771a39b2c'))
  assert.equal(iskra.flag, 'ISK')
  assert.deepEqual(iskra.idis, { deviceType: 103, functions: 7, serial: 0x1a39b2c })
  assert.equal(describeSystemTitle(fromHex('4752583132333435')).digits, '12345')
  assert.deepEqual(describeSystemTitle(fromHex('4752')), { hex: '4752' })
  assert.equal(describeSystemTitle(fromHex('00000000000000ff')).flag, undefined)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
      assert.equal(describeSystemTitle(bytes, names).hex.length, bytes.length * 2)
    }),
  )
})

test('classes, attributes and methods in both languages', () => {
  assert.equal(className(8), 'Ceas')
  assert.equal(className(8, 'en'), 'Clock')
  assert.equal(className(128, 'en'), 'LoRaWAN setup')
  assert.equal(className(999), undefined)
  assert.equal(attributeLabel(7, 3), 'obiecte captate')
  assert.equal(attributeLabel(7, 3, 'en'), 'capture objects')
  assert.equal(attributeLabel(81, 2), 'phy stats CRC incorrect count')
  assert.equal(attributeLabel(7, 99), undefined)
  assert.equal(methodLabel(70, 1), 'deconectare')
  assert.equal(methodLabel(70, 2, 'en'), 'remote reconnect')
  for (const id of cosemClasses.keys()) assert.ok(className(id) && className(id, 'en'), `${id}`)
})

test('every Romanian word belongs to a declared attribute or method', () => {
  const declared = [...cosemClassVersions.values()].flat()
  const attributes = new Set(declared.flatMap(({ attributes: list }) => list.map(({ key }) => key)))
  const methods = new Set(declared.flatMap(({ methods: list }) => list.map(({ key }) => key)))
  for (const key of Object.keys(attributeWords)) assert.ok(attributes.has(key), key)
  for (const key of Object.keys(methodWords)) assert.ok(methods.has(key), key)
})

test('events of the logs', () => {
  assert.equal(eventName(44), 'Capacul contorului scos')
  assert.equal(eventName(44, 'en'), 'Meter cover removed')
  assert.equal(eventName(80, 'en'), 'Voltage sag L1')
  assert.equal(eventName(80, 'en', 'smr'), 'Over voltage L1')
  assert.equal(eventName(113, 'en'), 'Fraud attempt at the M-Bus device, channel 2')
  assert.equal(eventName(108), undefined)
  assert.equal(eventName(235), undefined)
  for (let code = 0; code < 256; code++) assert.equal(eventName(code) === undefined, !eventName(code, 'en'))
})
