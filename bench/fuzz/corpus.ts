// Seeds: every frame of conformance/, whatever it speaks.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = new URL('../../conformance/', import.meta.url)

/** Frames as bytes, without repetition. */
export function corpus(): Uint8Array[] {
  const found = new Map<string, Uint8Array>()
  const add = (hex: string) => {
    const clean = hex.replace(/[\s,]/g, '').toLowerCase()
    if (clean.length < 4 || clean.length % 2 === 1 || !/^[0-9a-f]+$/.test(clean)) return
    found.set(clean, new Uint8Array(Buffer.from(clean, 'hex')))
  }
  for (const folder of ['frames', 'apdu', 'sessions']) {
    for (const entry of readdirSync(new URL(`${folder}/`, root), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const path = `${entry.parentPath}/${entry.name}`
      const text = readFileSync(path, 'utf8')
      if (entry.name.endsWith('.json')) collect(JSON.parse(text), add)
      else if (entry.name.endsWith('.hex')) {
        // Sessions: time, connection, direction, length, hex; single frames: hex alone.
        for (const line of text.split('\n')) add(line.trim().split(/\s+/).at(-1) ?? '')
      }
    }
  }
  if (found.size < 200) throw new Error(`only ${found.size} seeds under ${fileURLToPath(root)}`)
  return [...found.values()]
}

function collect(value: unknown, add: (hex: string) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, add)
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      if (typeof member === 'string') {
        if (key === 'hex') add(member)
        else if (key === 'text') add(Buffer.from(member, 'latin1').toString('hex'))
      } else if (key === 'frames' && Array.isArray(member)) {
        for (const frame of member) if (typeof frame === 'string') add(frame)
      }
      collect(member, add)
    }
  }
}
