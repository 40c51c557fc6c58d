type Node = {
  name: string
  offset: number
  length: number
  type?: string
  text?: string
  value?: unknown
  hex?: string
  children?: Node[]
}

/** A GET response with a day of load profile, encoded by hand so that offsets and bytes agree. */
export function trace(ref: string) {
  const row = Number(ref.split('.')[1] ?? 0) % 96
  const bytes: number[] = []
  const put = (...more: number[]) => {
    bytes.push(...more)
    return bytes.length
  }
  const root: Node = { name: 'get-response', offset: 0, length: 0, type: 'apdu', children: [] }
  put(0xc4, 0x01, 0xc1, 0x00)
  root.children?.push(
    { name: 'form', offset: 1, length: 1, text: 'normal' },
    { name: 'invoke-id-and-priority', offset: 2, length: 1, text: 'invoke 1, confirmed, high priority' },
  )
  const buffer: Node = { name: 'result', offset: 4, length: 0, type: 'array', text: '96 rows', children: [] }
  put(0x01, 0x60)
  for (let index = 0; index < 96; index++) {
    const start = bytes.length
    const line: Node = { name: `row ${index}`, offset: start, length: 0, type: 'structure', children: [] }
    put(0x02, 0x03)
    const clock = bytes.length
    const quarterEnd = (index + 1) * 15
    put(
      0x09,
      0x0c,
      0x07,
      0xea,
      0x0b,
      0x16,
      0x07,
      Math.floor(quarterEnd / 60),
      quarterEnd % 60,
      0,
      0,
      0xff,
      0x88,
      0,
    )
    const time = `2026-11-22 ${String(Math.floor(quarterEnd / 60)).padStart(2, '0')}:${String(quarterEnd % 60).padStart(2, '0')}`
    line.children?.push({ name: 'clock', offset: clock, length: 14, type: 'octet-string', text: time })
    const status = bytes.length
    put(0x11, 0x00)
    line.children?.push({ name: 'status', offset: status, length: 2, type: 'unsigned', text: 'no flag' })
    const energy = bytes.length
    const wh = 80 + ((index * 37) % 240)
    put(0x06, 0, 0, wh >> 8, wh & 255)
    line.children?.push({
      name: 'A+',
      offset: energy,
      length: 5,
      type: 'double-long-unsigned',
      text: `${wh} Wh`,
    })
    line.length = bytes.length - start
    line.text = `${time}: ${wh} Wh`
    buffer.children?.push(line)
  }
  buffer.length = bytes.length - 4
  root.length = bytes.length
  root.children?.push(buffer)
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')
  const cipher = bytes
    .map((byte, index) => (byte ^ ((index * 73 + 41) & 255)).toString(16).padStart(2, '0'))
    .join('')
  const at = new Date(Date.now() - 740_000).toISOString()
  return {
    ref,
    meterId: '1007',
    serial: 'CTR24000217',
    at,
    purpose: 'load-profile',
    frames: [
      { direction: 'sent', at, hex: '00010001000100 3cc83a300000012fa9'.replaceAll(' ', '') },
      { direction: 'received', at, hex: `0001000100010830cc82082b30000001b2${cipher}` },
    ],
    decoded: {
      name: 'message',
      offset: 0,
      length: bytes.length + 40,
      children: [
        { name: 'frame 1', offset: 0, length: 16, children: [{ name: 'wrapper', offset: 0, length: 8 }] },
        {
          name: 'frame 2',
          offset: 0,
          length: bytes.length + 17,
          children: [
            { name: 'wrapper', offset: 0, length: 8 },
            {
              name: 'glo-get-response',
              offset: 8,
              length: bytes.length + 9,
              children: [{ name: 'deciphered', offset: 0, length: bytes.length, hex, children: [root] }],
            },
          ],
        },
      ],
    },
    focus: { path: [1, 1, 0, 0, 2, row], offset: 0, length: 23, meaning: 'load-profile' },
    value: {
      kind: 'interval',
      start: at,
      channels: [{ channel: 'A+', value: 80 + ((row * 37) % 240), quality: 'measured', flags: [] }],
    },
  }
}
