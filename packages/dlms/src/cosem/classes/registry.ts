// Every declared class version, and look-up by number.

import type { AttributeDeclaration, ClassDeclaration, MethodDeclaration } from '../declare.ts'
import * as access from './access.ts'
import * as functions from './functions.ts'
import * as g3 from './g3.ts'
import * as g3Hybrid from './g3Hybrid.ts'
import * as highSpeed from './highSpeed.ts'
import * as internet from './internet.ts'
import * as lon from './lon.ts'
import * as lowPower from './lowPower.ts'
import * as mbus from './mbus.ts'
import * as measuring from './measuring.ts'
import * as payment from './payment.ts'
import * as ports from './ports.ts'
import * as powerline from './powerline.ts'
import * as time from './time.ts'
import * as wireless from './wireless.ts'

function declarationsOf(family: Readonly<Record<string, unknown>>): ClassDeclaration[] {
  return Object.values(family).flatMap((member) =>
    typeof member === 'function' && 'declaration' in member ? [member.declaration as ClassDeclaration] : [],
  )
}

const all: readonly ClassDeclaration[] = [
  measuring,
  time,
  access,
  ports,
  internet,
  mbus,
  powerline,
  g3,
  payment,
  functions,
  wireless,
  lowPower,
  lon,
  highSpeed,
  g3Hybrid,
].flatMap(declarationsOf)

/** Declared versions of each class, the newest first. */
export const cosemClassVersions: ReadonlyMap<number, readonly ClassDeclaration[]> = (() => {
  const byId = new Map<number, ClassDeclaration[]>()
  for (const declaration of all) {
    const versions = byId.get(declaration.id)
    if (versions) versions.push(declaration)
    else byId.set(declaration.id, [declaration])
  }
  for (const versions of byId.values()) versions.sort((a, b) => b.version - a.version)
  return new Map([...byId].sort(([a], [b]) => a - b))
})()

/** Newest declared version of every class by its id. */
export const cosemClasses: ReadonlyMap<number, ClassDeclaration> = new Map(
  [...cosemClassVersions].map(([id, versions]) => [id, versions[0]]),
)

/**
 * Declaration of a class; with `version` the very one, or, when that is not declared, the nearest older one
 * (versions only grow). Undefined when the class, or every version up to the asked one, is not declared.
 */
export function classOf(id: number, version?: number): ClassDeclaration | undefined {
  const versions = cosemClassVersions.get(id)
  return version === undefined ? versions?.[0] : versions?.find((known) => known.version <= version)
}

export function attributeOf(
  id: number,
  attribute: number,
  version?: number,
): AttributeDeclaration | undefined {
  return classOf(id, version)?.attributes[attribute - 1]
}

export function methodOf(id: number, method: number, version?: number): MethodDeclaration | undefined {
  return classOf(id, version)?.methods[method - 1]
}

/** 'Clock.time', or '8/2' for what is not declared. */
export function attributeName(classId: number, attribute: number, version?: number): string {
  const found = attributeOf(classId, attribute, version)
  return found ? `${classOf(classId, version)?.name}.${found.name}` : `${classId}/${attribute}`
}

/** 'Disconnect control.remote_disconnect', or '70/1' for what is not declared. */
export function methodName(classId: number, method: number, version?: number): string {
  const found = methodOf(classId, method, version)
  return found ? `${classOf(classId, version)?.name}.${found.name}` : `${classId}/${method}`
}
