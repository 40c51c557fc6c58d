// The declared classes against profiles of real meters that were written independently of this package.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { classOf } from './index.ts'

const folder = new URL('../../../../conformance/cosem/osgp/', import.meta.url)
type Profile = {
  objects: {
    tag: string
    'class-id': number
    version: number
    attributes: { id: number; description: string; datatype: string }[]
  }[]
}

// Names of structures in the profiles.
const structures: Readonly<Record<string, string>> = {
  scal_unit_type: 'structure',
  object_definition: 'structure',
  associated_partners_type: 'structure',
  xDLMS_context_type: 'structure',
  cell_info_type: 'structure',
  script: 'structure',
  object_list_type: 'array',
  context_name_type: 'octet-string',
  mechanism_name_type: 'octet-string',
  clock_status: 'unsigned',
}

test('every attribute of the Dutch meter profiles is declared with the type that they give', () => {
  let compared = 0
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.json'))) {
    const profile = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Profile
    for (const { tag, 'class-id': id, version, attributes } of profile.objects) {
      const declaration = classOf(id, version)
      assert.ok(declaration, `class ${id} version ${version}`)
      for (const { id: index, datatype } of attributes) {
        // Dutch meters have version 1 of the M-Bus client under the number of version 0.
        if (id === 72 && version === 0 && index > 12) continue
        const attribute = declaration.attributes[index - 1]
        assert.ok(attribute, `${tag}: ${id}/${index}`)
        const { types } = attribute.schema
        const wanted = structures[datatype] ?? datatype
        assert.ok(
          types.length === 0 || types.some((type) => type === wanted),
          `${tag}: ${attribute.name} is ${types.join(' or ')}, there ${wanted}`,
        )
        compared++
      }
    }
  }
  assert.ok(compared > 700, `${compared}`)
})
