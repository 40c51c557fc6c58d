// How an interface class is declared (Blue Book 4): attributes and methods by index.

import type { DataType } from '../axdr/data.ts'

/** 'any' is CHOICE; an enum-like attribute keeps its wire type. */
export type AttributeType = DataType | 'any'

export interface AttributeDeclaration {
  readonly index: number
  readonly name: string
  readonly type: AttributeType
}

export interface MethodDeclaration {
  readonly index: number
  readonly name: string
}

export interface ClassDeclaration {
  readonly id: number
  readonly version: number
  readonly name: string
  readonly attributes: readonly AttributeDeclaration[]
  readonly methods: readonly MethodDeclaration[]
}

/**
 * Declares a class. Attribute 1 is always logical_name; `attributes` are 2, 3, … as [name, type], `methods`
 * 1, 2, … by name.
 */
export function declareClass(
  id: number,
  version: number,
  name: string,
  attributes: readonly (readonly [string, AttributeType])[],
  methods: readonly string[] = [],
): ClassDeclaration {
  return {
    id,
    version,
    name,
    attributes: [
      { index: 1, name: 'logical_name', type: 'octet-string' },
      ...attributes.map(([attribute, type], i) => ({ index: i + 2, name: attribute, type })),
    ],
    methods: methods.map((method, i) => ({ index: i + 1, name: method })),
  }
}
