// Puts meaning on data: logical names, clocks, texts, and values with the scaler and unit beside them.

import { dateTimeText, looksLikeDateTime } from './dateText.ts'
import { objectName, unitSymbol } from './labels.ts'
import { positionalColumns } from './positional.ts'
import { type Language, say } from './texts.ts'
import type { TreeNode } from './tree.ts'

/** Annotates a data node and everything below it. */
export function annotateData(node: TreeNode, language: Language): void {
  const { children } = node
  if (!children) {
    annotateOctets(node, language)
    return
  }
  for (const child of children) annotateData(child, language)
  if (node.type === 'array' || node.type === 'structure') annotateList(node, children, language)
  else if (node.type === 'cosem-attribute-descriptor') annotateUntagged(node, children, language)
}

/** Text of an attribute or method, and of its object alone. */
export function describeAttribute(
  classId: number,
  obis: string,
  index: number,
  member: 'attribute' | 'method',
  language: Language,
): { object: string; whole: string } {
  const name = objectName(obis, language)
  const object = name === undefined ? obis : `${obis} ${name}`
  const kind = language === 'ro' ? { attribute: 'atribut', method: 'metoda' }[member] : member
  const klass = language === 'ro' ? 'clasa' : 'class'
  return { object, whole: `${object}, ${klass} ${classId}, ${kind} ${index}` }
}

function annotateOctets(node: TreeNode, language: Language): void {
  if (node.type === 'visible-string' || node.type === 'utf8-string') {
    // Fixed-width texts are filled up with NUL.
    node.text = `"${String(node.value).replace(/\0+$/, '')}"`
    return
  }
  if (node.type !== 'octet-string' || typeof node.value !== 'string' || node.text !== undefined) return
  const bytes = octetsOf(node.value)
  if (bytes.length === 6 && bytes[5] === 0xff) nameObject(node, language)
  else if (looksLikeDateTime(bytes)) node.text = dateTimeText(bytes, language)
  else if (bytes.length > 0 && bytes.every((octet) => octet >= 0x20 && octet < 0x7f)) {
    node.text = `"${String.fromCharCode(...bytes.subarray(0, 256))}${bytes.length > 256 ? '…' : ''}"`
  }
}

function nameObject(node: TreeNode, language: Language): void {
  const obis = [...octetsOf(String(node.value))].join('.')
  const name = objectName(obis, language)
  node.obis = obis
  node.text = name === undefined ? obis : `${obis} ${name}`
}

function annotateList(node: TreeNode, children: TreeNode[], language: Language): void {
  if (isScalerUnit(node)) annotateScalerUnit(node)
  else if (node.type === 'structure' && isCaptureObject(children)) {
    annotateCaptureObject(node, children, language)
  } else if (!labelByDefinitions(children, language)) annotateValues(node, children, language)
}

function annotateValues(node: TreeNode, children: TreeNode[], language: Language): void {
  const columns = positionalColumns(children)
  if (columns) {
    node.note = say(language, 'positional')
    columns.forEach(([obis, scaler, unit], index) => {
      const child = children[index]
      if (child) giveMeaning(child, obis, scaler, unit, language)
    })
    return
  }
  pairNamesWithValues(node, children, language)
}

/** `logical name, value` or `logical name, value, scaler_unit`, once in a structure or many times in a row. */
function pairNamesWithValues(node: TreeNode, children: TreeNode[], language: Language): void {
  let pairs = 0
  for (let i = 0; i + 1 < children.length; i++) {
    const named = children[i] as TreeNode
    if (named.obis === undefined || named.type === 'structure') continue
    const value = children[i + 1] as TreeNode
    // Two names in a row: the second is no value unless nothing else can be.
    if (value.obis !== undefined && children.length > 2 && value.type === 'octet-string') continue
    const after = children[i + 2]
    const scale = after && isScalerUnit(after) ? after : undefined
    const [scaler, unit] = scale?.children ?? []
    giveMeaning(
      value,
      named.obis,
      scaler?.value as number | undefined,
      unit?.value as number | undefined,
      language,
    )
    pairs++
    if (children.length <= 3 && i === 0) {
      node.obis = named.obis
      node.text = `${named.text}: ${value.text ?? String(value.value)}`
    }
    i += scale ? 2 : 1
  }
  if (pairs > 1) delete node.obis
}

function giveMeaning(
  value: TreeNode,
  obis: string,
  scaler: number | undefined,
  unit: number | undefined,
  language: Language,
): void {
  value.obis ??= obis
  const symbol = unit === undefined ? undefined : unitSymbol(unit)
  if (typeof value.value === 'number' && scaler !== undefined) {
    value.scaled = scale(value.value, scaler)
    if (symbol) value.unit = symbol
    value.text = symbol ? `${value.scaled} ${symbol}` : String(value.scaled)
  }
  const name = objectName(obis, language)
  if (
    value.name.match(/^\d+$/) &&
    name !== undefined &&
    value.text === undefined &&
    value.children === undefined
  ) {
    value.text = `${String(value.value)} – ${name}`
  }
}

/** Division keeps decimals exact to the last digit: 2364 with scaler −1 is 236.4. */
export function scale(value: number, scaler: number): number {
  return scaler < 0 ? value / 10 ** -scaler : value * 10 ** scaler
}

function isScalerUnit(node: TreeNode): boolean {
  const { children } = node
  return (
    node.type === 'structure' &&
    children?.length === 2 &&
    children[0]?.type === 'integer' &&
    children[1]?.type === 'enum'
  )
}

function annotateScalerUnit(node: TreeNode): void {
  const [scaler, unit] = node.children as [TreeNode, TreeNode]
  const symbol = unitSymbol(Number(unit.value))
  if (symbol !== undefined) unit.text = symbol
  node.text = `×10^${scaler.value} ${symbol ?? ''}`.trim()
}

/** Blue Book 4.3.7.2.4 capture_object_definition, and push_object_list of 4.4.8.2 with more elements. */
function isCaptureObject(children: readonly TreeNode[]): boolean {
  const [classId, name, attribute, index] = children
  return (
    classId?.type === 'long-unsigned' &&
    name?.type === 'octet-string' &&
    String(name.value).length === 12 &&
    attribute?.type === 'integer' &&
    index?.type === 'long-unsigned'
  )
}

function annotateCaptureObject(node: TreeNode, children: TreeNode[], language: Language): void {
  const [classId, name, attribute] = children as [TreeNode, TreeNode, TreeNode]
  nameObject(name, language)
  const obis = name.obis as string
  node.obis = obis
  node.text = describeAttribute(
    Number(classId.value),
    obis,
    Number(attribute.value),
    'attribute',
    language,
  ).whole
}

/** A push whose first element is its push_object_list: the elements after it are the objects after the first. */
function labelByDefinitions(children: TreeNode[], language: Language): boolean {
  const definitions = children[0]?.children
  if (children[0]?.type !== 'array' || !definitions || definitions.length < 2) return false
  if (!definitions.every((definition) => definition.children && isCaptureObject(definition.children)))
    return false
  if (definitions.length < children.length) return false
  for (let i = 1; i < children.length; i++) {
    const obis = definitions[i]?.obis
    if (obis !== undefined) giveMeaning(children[i] as TreeNode, obis, undefined, undefined, language)
  }
  return true
}

function annotateUntagged(node: TreeNode, children: TreeNode[], language: Language): void {
  const [classId, instance, attribute] = children
  if (!instance) return
  nameObject(instance, language)
  const obis = instance.obis as string
  node.obis = obis
  node.text = describeAttribute(
    Number(classId?.value),
    obis,
    Number(attribute?.value),
    'attribute',
    language,
  ).whole
}

function octetsOf(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16)
  return bytes
}
