// Access control and management (Blue Book 4.4): classes 12, 15, 17, 18, 30, 40, 64, 122–124.

import { cosemClass, dyn, named, namedMethod, trigger } from '../declare.ts'
import {
  any,
  array,
  bits,
  bool,
  dateTime,
  enumeration,
  enumOf,
  i8,
  i16,
  logicalName,
  nullable,
  octets,
  octetsOf,
  structure,
  text,
  u8,
  u16,
  u32,
} from '../schema/index.ts'
import { captureObject, methodAccessMode, objectIdentifier, window } from './shapes.ts'

const attributeAccess = array(
  structure({ attribute: i8, accessMode: enumeration, selectors: nullable(array(i8)) }),
)
const methodAccess = array(structure({ method: i8, accessMode: methodAccessMode }))

/** object_list_element of logical names: `accessMode` as its association's version defines it (`accessOf`). */
export const objectListElement = structure({
  classId: u16,
  version: u8,
  obis: logicalName,
  accessRights: structure({ attributeAccess, methodAccess }),
})

/** object_list_element of short names. */
export const shortNameListElement = structure({ baseName: i16, classId: u16, version: u8, obis: logicalName })

const shortNameAccess = array(structure({ baseName: i16, attributeAccess, methodAccess }))
const user = structure({ id: u8, name: text })

// Methods 1…8 of every version at 0x20…0x58; what later versions took away keeps its place.
const shortNameMethods = {
  getlistByClassid: any,
  getobjByLogicalname: any,
  readByLogicalname: array(structure({ classId: u16, obis: logicalName, attribute: i8 })),
  getAttributesMethods: namedMethod('get_attributes&methods', any),
  changeSecret: octets,
  changeHlsSecret: namedMethod('change_HLS_secret', octets),
  getHlsChallenge: namedMethod('get_HLS_challenge', any),
  replyToHlsAuthentication: namedMethod('reply_to_HLS_authentication', octets),
}

/** Class 12, versions 0 and 1. */
export const associationSnV0 = cosemClass({
  id: 12,
  version: 0,
  name: 'Association SN',
  attributes: { objectList: array(shortNameListElement) },
  methods: shortNameMethods,
  methodsAt: 0x20,
})
export const associationSnV1 = cosemClass({
  id: 12,
  version: 1,
  name: 'Association SN',
  attributes: { objectList: array(shortNameListElement) },
  methods: shortNameMethods,
  methodsAt: 0x20,
})
/** Class 12, version 2: access rights and security setup. */
export const associationSnV2 = cosemClass({
  id: 12,
  version: 2,
  name: 'Association SN',
  attributes: {
    objectList: array(shortNameListElement),
    accessRightsList: shortNameAccess,
    securitySetupReference: logicalName,
  },
  methods: shortNameMethods,
  methodsAt: 0x20,
})
const shortNameV3 = {
  objectList: array(shortNameListElement),
  accessRightsList: shortNameAccess,
  securitySetupReference: logicalName,
  userList: array(user),
  currentUser: dyn(user),
}
/** Class 12, version 3: users. */
export const associationSnV3 = cosemClass({
  id: 12,
  version: 3,
  name: 'Association SN',
  attributes: shortNameV3,
  methods: { ...shortNameMethods, addUser: user, removeUser: user },
  methodsAt: 0x20,
})
/** Class 12, version 4: access modes as bits. */
export const associationSn = cosemClass({
  id: 12,
  version: 4,
  name: 'Association SN',
  attributes: shortNameV3,
  methods: { ...shortNameMethods, addUser: user, removeUser: user },
  methodsAt: 0x20,
})

const lnAttributes = {
  objectList: array(objectListElement),
  associatedPartnersId: structure({ clientSap: i8, serverSap: u16 }),
  applicationContextName: objectIdentifier,
  xdlmsContextInfo: named(
    'xDLMS_context_info',
    structure({
      conformance: bits,
      maxReceivePduSize: u16,
      maxSendPduSize: u16,
      dlmsVersionNumber: u8,
      qualityOfService: i8,
      cypheringInfo: octets,
    }),
  ),
  authenticationMechanismName: objectIdentifier,
  secret: octets,
  associationStatus: dyn(enumOf({ 0: 'non-associated', 1: 'association-pending', 2: 'associated' })),
}
const lnMethods = {
  replyToHlsAuthentication: namedMethod('reply_to_HLS_authentication', octets),
  changeHlsSecret: namedMethod('change_HLS_secret', octets),
  addObject: objectListElement,
  removeObject: objectListElement,
}
const lnAttributesV1 = { ...lnAttributes, securitySetupReference: logicalName }
const lnAttributesV2 = { ...lnAttributesV1, userList: array(user), currentUser: dyn(user) }
const lnMethodsV2 = { ...lnMethods, addUser: user, removeUser: user }

/** Class 15, version 0. */
export const associationLnV0 = cosemClass({
  id: 15,
  version: 0,
  name: 'Association LN',
  attributes: lnAttributes,
  methods: lnMethods,
})
/** Class 15, version 1: security setup. */
export const associationLnV1 = cosemClass({
  id: 15,
  version: 1,
  name: 'Association LN',
  attributes: lnAttributesV1,
  methods: lnMethods,
})
/** Class 15, version 2: users. */
export const associationLnV2 = cosemClass({
  id: 15,
  version: 2,
  name: 'Association LN',
  attributes: lnAttributesV2,
  methods: lnMethodsV2,
})
/** Class 15, version 3: access modes as bits. Attributes 1…7 are the same in every version. */
export const associationLn = cosemClass({
  id: 15,
  version: 3,
  name: 'Association LN',
  attributes: lnAttributesV2,
  methods: lnMethodsV2,
})

/** Class 17. */
export const sapAssignment = cosemClass({
  id: 17,
  version: 0,
  name: 'SAP assignment',
  attributes: {
    sapAssignmentList: named('SAP_assignment_list', array(structure({ sap: u16, logicalDeviceName: text }))),
  },
  methods: { connectLogicalDevice: structure({ sap: u16, logicalDeviceName: text }) },
  methodsAt: 0x20,
})

/** Class 18. Sizes in bytes; a bit of `imageTransferredBlocksStatus` per block, the first block first. */
export const imageTransfer = cosemClass({
  id: 18,
  version: 0,
  name: 'Image transfer',
  attributes: {
    imageBlockSize: u32,
    imageTransferredBlocksStatus: dyn(bits),
    imageFirstNotTransferredBlockNumber: dyn(u32),
    imageTransferEnabled: bool,
    imageTransferStatus: dyn(
      enumOf({
        0: 'image transfer not initiated',
        1: 'image transfer initiated',
        2: 'image verification initiated',
        3: 'image verification successful',
        4: 'image verification failed',
        5: 'image activation initiated',
        6: 'image activation successful',
        7: 'image activation failed',
      }),
    ),
    imageToActivateInfo: dyn(array(structure({ size: u32, identification: octets, signature: octets }))),
  },
  methods: {
    imageTransferInitiate: structure({ identifier: octets, size: u32 }),
    imageBlockTransfer: structure({ number: u32, block: octets }),
    imageVerify: trigger,
    imageActivate: trigger,
  },
  methodsAt: 0x40,
})

/** protection_parameters_element: how data are protected, and with which key. */
export const protectionParameters = array(
  structure({
    type: enumeration,
    options: structure({
      transactionId: octets,
      originatorSystemTitle: octets,
      recipientSystemTitle: octets,
      otherInformation: octets,
      keyInfo: structure({
        type: enumOf({ 0: 'identified key', 1: 'wrapped key', 2: 'agreed key' }),
        options: any,
      }),
    }),
  }),
)

/** Class 30. Protection parameters as the book's structures; `requiredProtection` is a set of bits. */
export const dataProtection = cosemClass({
  id: 30,
  version: 0,
  name: 'Data protection',
  attributes: {
    protectionBuffer: dyn(octets),
    protectionObjectList: array(any),
    protectionParametersGet: protectionParameters,
    protectionParametersSet: protectionParameters,
    requiredProtection: enumeration,
  },
  methods: { getProtectedAttributes: any, setProtectedAttributes: any, invokeProtectedMethod: any },
})

const sendDestination = structure({
  transportService: enumOf({
    0: 'TCP',
    1: 'UDP',
    2: 'FTP',
    3: 'SMTP',
    4: 'SMS',
    5: 'HDLC',
    6: 'M-Bus',
    7: 'ZigBee',
    8: 'DLMS gateway',
  }),
  destination: octets,
  message: enumOf({ 0: 'A-XDR encoded xDLMS APDU', 1: 'XML encoded xDLMS APDU' }),
})
const repetition = structure({ min: u16, exponent: u16, max: u16 })

/** Class 40, version 0. Intervals in seconds. */
export const pushSetupV0 = cosemClass({
  id: 40,
  version: 0,
  name: 'Push setup',
  attributes: {
    pushObjectList: array(captureObject),
    sendDestinationAndMethod: sendDestination,
    communicationWindow: array(window),
    randomisationStartInterval: u16,
    numberOfRetries: u8,
    repetitionDelay: u16,
  },
  methods: { push: trigger },
  methodsAt: 0x38,
})

const restriction = structure({
  type: enumOf({ 0: 'none', 1: 'by date', 2: 'by entry' }),
  value: any,
})
const pushObjectV1 = structure({
  classId: u16,
  obis: logicalName,
  attribute: i8,
  dataIndex: u16,
  restriction,
})

/** Class 40, version 1: restrictions, port, client SAP and protection. */
export const pushSetupV1 = cosemClass({
  id: 40,
  version: 1,
  name: 'Push setup',
  attributes: {
    pushObjectList: array(pushObjectV1),
    sendDestinationAndMethod: sendDestination,
    communicationWindow: array(window),
    randomisationStartInterval: u16,
    numberOfRetries: u8,
    repetitionDelay: u16,
    portReference: octets,
    pushClientSap: named('push_client_SAP', i8),
    pushProtectionParameters: protectionParameters,
  },
  methods: { push: trigger },
})

/** push_object of version 2: which rows (`restriction`) and columns of a profile. */
export const pushObject = structure({
  classId: u16,
  obis: logicalName,
  attribute: i8,
  dataIndex: u16,
  restriction,
  columns: array(captureObject),
})

/** Class 40, version 2: columns, growing repetition delays and confirmed pushes. */
export const pushSetup = cosemClass({
  id: 40,
  version: 2,
  name: 'Push setup',
  attributes: {
    pushObjectList: array(pushObject),
    sendDestinationAndMethod: sendDestination,
    communicationWindow: array(window),
    randomisationStartInterval: u16,
    numberOfRetries: u8,
    repetitionDelay: repetition,
    portReference: octets,
    pushClientSap: named('push_client_SAP', i8),
    pushProtectionParameters: protectionParameters,
    pushOperationMethod: enumOf({
      0: 'unconfirmed, retry on failure of the supporting layer',
      1: 'unconfirmed, retry on missing confirmation of the supporting layer',
      2: 'confirmed, retry on missing confirmation',
    }),
    confirmationParameters: structure({ startDate: dateTime, interval: u32 }),
    lastConfirmationDateTime: dyn(dateTime),
  },
  methods: { push: trigger, reset: trigger },
})

const wrappedKeys = array(
  structure({
    keyId: enumOf({
      0: 'global unicast encryption key',
      1: 'global broadcast encryption key',
      2: 'authentication key',
      3: 'master key',
    }),
    wrappedKey: octets,
  }),
)
const suites = enumOf({
  0: 'AES-GCM-128',
  1: 'AES-GCM-128, ECDSA P-256, SHA-256, V.44',
  2: 'AES-GCM-256, ECDSA P-384, SHA-384, V.44',
})
const systemTitle = octetsOf(8)

/** Class 64, version 0: suite 0. */
export const securitySetupV0 = cosemClass({
  id: 64,
  version: 0,
  name: 'Security setup',
  attributes: {
    securityPolicy: enumOf({
      0: 'nothing',
      1: 'authenticated',
      2: 'encrypted',
      3: 'authenticated and encrypted',
    }),
    securitySuite: suites,
    clientSystemTitle: octets,
    serverSystemTitle: systemTitle,
  },
  methods: { securityActivate: enumeration, globalKeyTransfer: wrappedKeys },
  methodsAt: 0x28,
})

const certificateSelector = structure({
  type: enumOf({ 0: 'by entity', 1: 'by serial number' }),
  identification: any,
})

/** Class 64, version 1: all suites. Bits of `securityPolicy`: 2…4 requests, 5…7 responses authenticated, encrypted, signed. */
export const securitySetup = cosemClass({
  id: 64,
  version: 1,
  name: 'Security setup',
  attributes: {
    securityPolicy: enumeration,
    securitySuite: suites,
    clientSystemTitle: octets,
    serverSystemTitle: systemTitle,
    certificates: dyn(
      array(
        structure({
          entity: enumOf({ 0: 'server', 1: 'client', 2: 'certification authority', 3: 'other' }),
          type: enumOf({
            0: 'digital signature',
            1: 'key agreement',
            2: 'TLS',
            3: 'other',
          }),
          serialNumber: octets,
          issuer: octets,
          subject: octets,
          subjectAltName: octets,
        }),
      ),
    ),
  },
  methods: {
    securityActivate: enumeration,
    keyTransfer: wrappedKeys,
    keyAgreement: array(structure({ keyId: enumeration, keyData: octets })),
    generateKeyPair: enumeration,
    generateCertificateRequest: enumeration,
    importCertificate: octets,
    exportCertificate: certificateSelector,
    removeCertificate: certificateSelector,
  },
  methodsAt: 0x30,
})
