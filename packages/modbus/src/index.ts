export {
  crc16Modbus,
  type InspectOptions,
  inspectModbus,
  looksLikeRtu,
  looksLikeTcp,
  type ModbusResult,
} from './inspect.ts'
export {
  decodeRegisters,
  type MapFault,
  type NumberType,
  parseMap,
  type ReadGroup,
  type Reading,
  type RegisterBlock,
  type RegisterDefinition,
  type RegisterMap,
  readGroups,
  widthOf,
} from './map.ts'
export { abbB23, carloGavazziEm340, eastronSdm630, registerMaps } from './maps.ts'
export { exceptionNames, functionNames, type Side } from './pdu.ts'
export {
  type SunspecModel,
  type SunspecStep,
  type SunspecWalk,
  sunspecBases,
  sunspecMap,
  walkSunspec,
} from './sunspec.ts'
export type { Fault as ModbusFault, TreeNode as ModbusTreeNode } from './tree.ts'
