export { apduFromXml, apduToXml } from './apdu.ts'
export { apduFromJson, apduToJson } from './json.ts'
