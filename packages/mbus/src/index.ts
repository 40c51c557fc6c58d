export { type Fault, inspectMbus, type MbusResult, type TreeNode as MbusTreeNode } from './telegram.ts'
export { media, type Quantity, quantityOf } from './vif.ts'
