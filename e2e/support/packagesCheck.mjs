// What the published packages have to do alike in every runtime. Nothing is imported: the caller hands in the
// modules as its runtime loaded them. The answer is plain JSON.

/**
 * @param {{ dlms: object, stream: object, crypto: object, vectors: object }} given `crypto`: the provider to
 *   test; `vectors`: { push, ciphered: { hex, key }, ecdsa: [{ curve, message, publicKey, signature }] }
 */
export async function checkPackages({ dlms, stream, crypto, vectors }) {
  return {
    push: await push(dlms, vectors.push),
    deciphered: deciphered(dlms, crypto, vectors.ciphered),
    signatures: vectors.ecdsa.map((vector) => signatures(dlms, crypto, vector)),
    sessions: [
      await session(dlms, stream, crypto, 0, 'gmac', 'wrapper'),
      await session(dlms, stream, crypto, 0, 'gmac', 'hdlc'),
      await session(dlms, stream, crypto, 1, 'ecdsa', 'wrapper'),
      await session(dlms, stream, crypto, 2, 'gmac', 'wrapper'),
      await session(dlms, stream, crypto, 2, 'ecdsa', 'hdlc'),
    ],
  }
}

async function push(dlms, hex) {
  const model = await dlms.loadModel('kaifa-han-no')
  const [event] = new dlms.HdlcReader().push(dlms.fromHex(hex))
  const message = dlms.decodeApdu(dlms.withoutLlc(event.frame.information))
  return dlms
    .readPush(model, message.value.body)
    .map(({ obis, value, unit }) => [obis, value ?? null, unit ?? null])
}

function deciphered(dlms, crypto, { hex, key }) {
  const { systemTitle, content } = dlms.decodeApdu(dlms.fromHex(hex)).value
  const keys = { encryptionKey: dlms.fromHex(key) }
  const opened = dlms.unprotect(content, { keys, systemTitle, crypto })
  const apdu = dlms.decodeApdu(opened.value.plain)
  return { counter: opened.value.header.invocationCounter, json: dlms.apduToJson(apdu.value) }
}

function signatures(dlms, crypto, vector) {
  const [message, publicKey, signature] = [vector.message, vector.publicKey, vector.signature].map(
    dlms.fromHex,
  )
  const forged = Uint8Array.from(message)
  forged[0] ^= 1
  const pair = crypto.ecKeyPair(vector.curve)
  const own = crypto.ecdsaSign(vector.curve, pair.privateKey, message)
  return {
    genuine: crypto.ecdsaVerify(vector.curve, publicKey, message, signature),
    forged: crypto.ecdsaVerify(vector.curve, publicKey, forged, signature),
    own: crypto.ecdsaVerify(vector.curve, pair.publicKey, message, own),
  }
}

/** Client and meter in one program: association, a typed read, a profile in blocks, a notification, release. */
async function session(dlms, stream, crypto, suite, mechanism, transport) {
  const { clock, data, encodeData, fromHex, fromInstant, profileGeneric, toHex, toInstant } = dlms
  const size = suite === 2 ? 32 : 16
  const curve = suite === 2 ? 'P-384' : 'P-256'
  const [clientPair, serverPair] = suite === 0 ? [] : [crypto.ecKeyPair(curve), crypto.ecKeyPair(curve)]
  const keys = { suite, encryptionKey: crypto.randomBytes(size), authenticationKey: crypto.randomBytes(size) }
  const signing = (own, peer) =>
    own && { signing: { privateKey: own.privateKey, peerPublicKey: peer.publicKey } }
  const { time } = clock('0.0.1.0.0.255')
  const noon = Date.UTC(2026, 2, 29, 12)
  const buffer = data.array(
    ...Array.from({ length: 400 }, (_, i) => data.structure(data.u32(i), data.u16(i))),
  )
  let counters = 0
  let accepted
  const nextInvocationCounter = () => counters++
  const [here, there] = stream.streamPair()
  const serving = stream.serveStream(there, {
    transport,
    crypto,
    associations: [{ clientAddress: 1, mechanism, policy: 'authenticated-encrypted' }],
    security: {
      ...keys,
      ...signing(serverPair, clientPair),
      systemTitle: fromHex('4354520000000009'),
      nextInvocationCounter,
      lastClientCounter: () => accepted,
      acceptClientCounter: (counter) => {
        accepted = counter
      },
    },
    model: {
      get: ({ classId }) => ({
        ok: true,
        data: classId === 7 ? buffer : time.encode(fromInstant(noon, -180, true)),
      }),
      set: () => 'read-write-denied',
      invoke: () => ({ result: 'object-undefined' }),
    },
  })
  let heard
  const notified = new Promise((resolve) => {
    heard = resolve
  })
  const client = await stream.connectClient(here, {
    transport,
    crypto,
    clientAddress: 1,
    serverAddress: 1,
    authentication: { mechanism },
    security: {
      ...keys,
      ...signing(clientPair, serverPair),
      policy: 'authenticated-encrypted',
      systemTitle: fromHex('4354520000000001'),
      nextInvocationCounter,
    },
    onNotification: heard,
  })
  const at = toInstant(await client.get(time))
  const profile = await client.getBytes(profileGeneric('1.0.99.1.0.255').buffer)
  serving.notify({ service: 'data-notification', data: data.u8(7) })
  await client.get(time)
  const notification = await notified
  await client.close()
  return {
    suite,
    mechanism,
    transport,
    at,
    profile: toHex(profile) === toHex(encodeData(buffer)),
    notification: notification.data,
    accepted: accepted > 0,
  }
}
