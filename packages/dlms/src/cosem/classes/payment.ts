// Payment metering (Blue Book 4.6): classes 111–113, 115, 116.

import { cosemClass, dyn, named, trigger } from '../declare.ts'
import {
  array,
  bits,
  dateTime,
  enumeration,
  enumOf,
  i8,
  i16,
  i32,
  logicalName,
  octets,
  structure,
  text,
  u8,
  u16,
  u32,
  u64,
  utf8,
} from '../schema/index.ts'
import { attributeReference } from './shapes.ts'

/** Class 111. Amounts in the account's currency. */
export const account = cosemClass({
  id: 111,
  version: 0,
  name: 'Account',
  attributes: {
    accountModeAndStatus: structure({
      paymentMode: enumOf({ 1: 'credit mode', 2: 'prepayment mode' }),
      accountStatus: enumOf({ 1: 'new (inactive)', 2: 'active', 3: 'closed' }),
    }),
    currentCreditInUse: dyn(u8),
    currentCreditStatus: dyn(bits),
    availableCredit: dyn(i32),
    amountToClear: dyn(i32),
    clearanceThreshold: i32,
    aggregatedDebt: dyn(i32),
    creditReferenceList: array(logicalName),
    chargeReferenceList: array(logicalName),
    creditChargeConfiguration: array(
      structure({
        creditReference: logicalName,
        chargeReference: logicalName,
        collectionConfiguration: bits,
      }),
    ),
    tokenGatewayConfiguration: array(structure({ creditReference: logicalName, tokenProportion: u8 })),
    accountActivationTime: dateTime,
    accountClosureTime: dateTime,
    currency: structure({
      name: utf8,
      scale: i8,
      unit: enumOf({ 0: 'time', 1: 'consumption', 2: 'monetary' }),
    }),
    lowCreditThreshold: i32,
    nextCreditAvailableThreshold: i32,
    maxProvision: u16,
    maxProvisionPeriod: i32,
  },
  methods: { activateAccount: trigger, closeAccount: trigger, resetAccount: trigger },
})

/** Class 112. */
export const credit = cosemClass({
  id: 112,
  version: 0,
  name: 'Credit',
  attributes: {
    currentCreditAmount: dyn(i32),
    creditType: enumOf({
      0: 'token credit',
      1: 'reserved credit',
      2: 'emergency credit',
      3: 'time based credit',
      4: 'consumption based credit',
    }),
    priority: u8,
    warningThreshold: i32,
    limit: i32,
    creditConfiguration: bits,
    creditStatus: dyn(
      enumOf({ 0: 'enabled', 1: 'selectable', 2: 'selected/invoked', 3: 'in use', 4: 'exhausted' }),
    ),
    presetCreditAmount: i32,
    creditAvailableThreshold: i32,
    period: dateTime,
  },
  methods: { updateAmount: i32, setAmountToValue: i32, invokeCredit: trigger },
})

const unitCharge = structure({
  scaling: structure({ commodityScale: i8, priceScale: i8 }),
  commodity: attributeReference,
  table: array(structure({ index: octets, chargePerUnit: i16 })),
})

/** Class 113. `period` in seconds. */
export const charge = cosemClass({
  id: 113,
  version: 0,
  name: 'Charge',
  attributes: {
    totalAmountPaid: dyn(i32),
    chargeType: enumOf({
      0: 'consumption based collection',
      1: 'time based collection',
      2: 'payment event based collection',
    }),
    priority: u8,
    unitChargeActive: unitCharge,
    unitChargePassive: unitCharge,
    unitChargeActivationTime: dateTime,
    period: u32,
    chargeConfiguration: bits,
    lastCollectionTime: dyn(dateTime),
    lastCollectionAmount: dyn(i32),
    totalAmountRemaining: dyn(i32),
    proportion: u16,
  },
  methods: {
    updateUnitCharge: array(structure({ index: octets, chargePerUnit: i16 })),
    activatePassiveUnitCharge: trigger,
    collect: trigger,
    updateTotalAmountRemaining: i32,
    setTotalAmountRemaining: i32,
  },
})

/** Class 115. */
export const tokenGateway = cosemClass({
  id: 115,
  version: 0,
  name: 'Token gateway',
  attributes: {
    token: dyn(octets),
    tokenTime: dyn(dateTime),
    tokenDescription: dyn(array(octets)),
    tokenDeliveryMethod: dyn(enumOf({ 0: 'remote', 1: 'local', 2: 'manual' })),
    tokenStatus: dyn(structure({ code: enumeration, data: bits })),
  },
  methods: { enter: octets },
})

/** Class 116: what a payment meter of the Standard Transfer Specification is and holds. */
export const stsAttributes = cosemClass({
  id: 116,
  version: 0,
  name: 'IEC 62055-41 attributes',
  attributes: {
    meterPan: named('meter_PAN', structure({ issuerId: u32, decoderReferenceNumber: u64, checkDigit: u8 })),
    commodity: text,
    tokenCarrierTypes: array(u8),
    encryptionAlgorithm: u8,
    supplyGroupCode: u32,
    tariffIndex: u8,
    keyRevisionNumber: u8,
    keyType: u8,
    keyExpiryNumber: u8,
    noOfKctSupported: named('no_of_KCT_supported', u8),
    stsCertificateNo: named('STS_certificate_no', text),
  },
})
