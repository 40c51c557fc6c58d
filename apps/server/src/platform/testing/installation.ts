import type { InstallationList, InstalledPoint } from '../../modules/network/index.ts'

const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'hex'))

function point(index: number, changes: Partial<InstalledPoint>): InstalledPoint {
  return {
    pod: `RO001E00000000${index}`,
    name: `Consumator ${index}`,
    address: `Str. Morii nr. ${index}, Valea Mare`,
    kind: 'household',
    prosumer: false,
    phases: 1,
    approvedPowerW: 6_000,
    feeder: 'F1',
    supplier: 'EVA',
    customer: `${index}`,
    readingMode: 'smart',
    meter: {
      serial: `CTR2400${index}`,
      systemTitle: bytes(`435452000000000${index}`),
      manufacturer: 'CTR',
      model: 'V1',
      line: 'L1',
      host: '127.0.0.1',
      port: 20_000 + index,
      keys: {
        encryption: bytes(`0${index}`.repeat(16)),
        authentication: bytes(`1${index}`.repeat(16)),
        password: new Uint8Array(Buffer.from(`pa55word-${index}`)),
      },
    },
    ...changes,
  }
}

/** Three points of one station: suppliers EVA, EVA and LUMEN; the third has no meter. */
export const testInstallation: InstallationList = {
  station: { code: 'PT-1', name: 'Valea Mare', zone: 'Centru', ratedKva: 250 },
  lines: [{ code: 'L1', kind: 'plc', maxSessions: 4 }],
  points: [
    point(1, { name: 'Brutăria Țară', address: 'Strada Ștefan cel Mare 1' }),
    point(2, {}),
    point(3, { supplier: 'LUMEN', readingMode: 'manual', meter: undefined }),
  ],
}
