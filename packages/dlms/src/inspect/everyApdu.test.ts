// Whatever the codec writes, the inspector reads whole: no field is left out, none is misread.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { anyApdu } from '../xdlms/arbitraries.test.ts'
import { encodeApdu } from '../xdlms/index.ts'
import { inspect, type TreeNode } from './index.ts'

/** Kinds whose arbitrary contents are themselves APDUs or ciphertext, which random octets are not. */
const opaque = /ciphered|ciphering|signing|block-transfer|aarq|aare|rlrq|rlre/
/** Random octets where the standard has a date-time or nothing, and sequences of blocks. */
const allowed = ['date-time', 'block-number']

test('every APDU is read to its last octet', () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(anyApdu, (apdu) => {
      if (opaque.test(apdu.kind)) return
      seen.add(apdu.kind)
      const { ok, error, tree } = inspect(encodeApdu(apdu), { protocol: 'dlms-apdu' })
      // A last block is read as the value it completes, which random octets need not be.
      if (!ok && carriesBlock(apdu)) return
      if (!ok) assert.ok(allowed.includes(error?.code ?? ''), `${apdu.kind}: ${JSON.stringify(error)}`)
      else assert.equal(lastOctet(tree), tree.length, apdu.kind)
    }),
    { numRuns: 1500 },
  )
  assert.ok(seen.size >= 20, [...seen].join())
})

function carriesBlock(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false
  return 'raw' in value || Object.values(value).some(carriesBlock)
}

/** Where the leaves of the outermost layer end. */
function lastOctet(node: TreeNode): number {
  if (node.hex !== undefined && node.name !== 'message') return 0
  const children = (node.children ?? []).map(lastOctet)
  const own = !node.children?.length || node.value !== undefined ? node.offset + node.length : 0
  return Math.max(own, ...children)
}
