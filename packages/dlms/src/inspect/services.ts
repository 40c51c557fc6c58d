// xDLMS services on logical names: GET, SET, ACTION (Green Book 9.3, 9.5).

import { isSecretMember } from '../security/secrets.ts'
import { annotateData, describeAttribute } from './annotate.ts'
import { joinBlock } from './blocks.ts'
import { walkData } from './data.ts'
import { Layer } from './layer.ts'
import { actionResults, dataAccessResults } from './names.ts'
import { hide } from './secrets.ts'
import type { Asked } from './state.ts'
import { hexOf } from './tree.ts'

/** Value of a Data field, with what is known about it put in words. */
export function data(
  layer: Layer,
  name: string,
  about?: Asked,
  secret = about?.secret ?? isSecret(layer),
): void {
  if (secret && layer.state.redact) {
    secretData(layer, name)
    return
  }
  try {
    walkData(layer, name)
  } finally {
    // Also after a fault: the elements before it mean what they mean.
    const node = layer.node.children?.at(-1)
    if (node?.name === name) {
      annotateData(node, layer.state.language)
      if (about !== undefined && node.text === undefined) node.text = about.text
    }
  }
}

/** Shows how long a secret value is, and nothing else of it. */
function secretData(layer: Layer, name: string): void {
  const at = layer.position
  const scratch = new Layer(layer.state, layer.bytes, { name, offset: at, length: 0 }, at, layer.end)
  try {
    walkData(scratch, name)
  } catch (error) {
    // Cut short or not: what is there of a secret is a secret.
    hide(layer.state, layer.bytes.subarray(at, layer.end))
    throw error
  }
  layer.secret(name, scratch.position - at)
}

export function invokeId(layer: Layer): number {
  return (
    layer.u8('invoke-id-and-priority', (value) => {
      const service = value & 0x40 ? 'confirmed' : 'unconfirmed'
      return `invoke-id ${value & 0x0f}, ${service}, ${value & 0x80 ? 'high' : 'normal'} priority`
    }) & 0x0f
  )
}

function isSecret(layer: Layer): boolean {
  const described = layer.node.children?.find((child) => child.type === 'secret-descriptor')
  return described !== undefined
}

/** @returns what the descriptor means, for naming the answer */
export function descriptor(layer: Layer, member: 'attribute' | 'method'): Asked {
  return layer.group(`cosem-${member}-descriptor`, (node) => {
    const classId = layer.u16('class-id')
    const instance = layer.take(6, 'instance-id')
    const obis = [...instance].join('.')
    const at = layer.position - 6
    const index = layer.i8(`${member}-id`)
    const described = describeAttribute(classId, obis, index, member, layer.state.language)
    node.children?.splice(1, 0, {
      name: 'instance-id',
      offset: at,
      length: 6,
      type: 'octet-string',
      value: hexOf(instance),
      obis,
      text: described.object,
    })
    node.text = described.whole
    const secret = isSecretMember(classId, member, index)
    if (secret) node.type = 'secret-descriptor'
    return { text: described.whole, secret }
  })
}

function selection(layer: Layer): void {
  if (layer.flag('access-selection')) selectionParameters(layer)
}

export function selectionParameters(layer: Layer): void {
  layer.group('access-selection-parameters', () => {
    layer.u8('access-selector', (value) => ({ 1: 'range-descriptor', 2: 'entry-descriptor' })[value])
    data(layer, 'access-parameters')
  })
}

function attributeWithSelection(layer: Layer): Asked {
  const about = descriptor(layer, 'attribute')
  selection(layer)
  return about
}

export function list<T>(layer: Layer, name: string, item: (index: number) => T): T[] {
  return layer.group(name, () => {
    const count = layer.length(name)
    return Array.from({ length: count }, (_, index) => item(index))
  })
}

export function actionResultCode(layer: Layer, name: string): void {
  layer.u8(name, (value) => actionResults[value])
}

export function accessResult(layer: Layer, name = 'data-access-result'): void {
  layer.u8(name, (value) => dataAccessResults[value])
}

/** Get-Data-Result. */
function dataResult(layer: Layer, name: string, about?: Asked): void {
  layer.group(name, () => {
    const choice = layer.u8('choice', (value) => ['data', 'data-access-result'][value])
    if (choice === 0) data(layer, 'data', about)
    else if (choice === 1) accessResult(layer)
    else layer.fail('choice', `choice ${choice} of a data result`, layer.position - 1)
  })
}

/** DataBlock-SA/-G without the choice: last-block, block-number. */
function blockHeader(layer: Layer): { last: boolean; number: number } {
  return { last: layer.flag('last-block'), number: layer.u32('block-number') }
}

function rawBlock(layer: Layer, key: string, header: { last: boolean; number: number }, done: Joined): void {
  const raw = layer.octets('raw-data', layer.length('raw-data'))
  if (layer.state.secretTransfers.has(key)) hide(layer.state, raw)
  joinBlock(layer, key, header, raw, done)
}

type Joined = (layer: Layer) => void

function choose(
  layer: Layer,
  name: string,
  forms: Readonly<Record<number, readonly [string, () => void]>>,
): void {
  const at = layer.position
  const form = layer.peek()
  const chosen = forms[form]
  if (!chosen) layer.fail('choice', `${name} has no form ${form}`, at)
  layer.node.type = `${name}-${chosen[0]}`
  layer.u8('form', () => chosen[0])
  chosen[1]()
}

/** Remembers whether the value whose blocks follow is a secret. */
function transfer(layer: Layer, key: string, asked: readonly Asked[]): void {
  if (asked.some((each) => each.secret)) layer.state.secretTransfers.add(key)
  else layer.state.secretTransfers.delete(key)
}

const isTransferSecret = (layer: Layer, key: string) => layer.state.secretTransfers.has(key)

export function getRequest(layer: Layer): void {
  const { requested } = layer.state
  choose(layer, 'get-request', {
    1: ['normal', () => void requested.set(invokeId(layer), [attributeWithSelection(layer)])],
    2: [
      'next',
      () => {
        invokeId(layer)
        layer.u32('block-number')
      },
    ],
    3: [
      'with-list',
      () => {
        const id = invokeId(layer)
        requested.set(
          id,
          list(layer, 'attribute-descriptor-list', () => attributeWithSelection(layer)),
        )
      },
    ],
  })
}

export function getResponse(layer: Layer): void {
  const { requested } = layer.state
  choose(layer, 'get-response', {
    1: ['normal', () => dataResult(layer, 'result', requested.get(invokeId(layer))?.[0])],
    2: [
      'with-datablock',
      () => {
        const id = invokeId(layer)
        const asked = requested.get(id)
        transfer(layer, `get ${id}`, asked ?? [])
        const header = blockHeader(layer)
        const choice = layer.u8('choice', (value) => ['raw-data', 'data-access-result'][value])
        if (choice === 1) return accessResult(layer)
        if (choice !== 0) layer.fail('choice', `choice ${choice} of a data block`, layer.position - 1)
        rawBlock(layer, `get ${id}`, header, (whole) => {
          if (asked && asked.length > 1)
            list(whole, 'result', (index) => dataResult(whole, String(index + 1), asked[index]))
          else data(whole, 'data', asked?.[0])
        })
      },
    ],
    3: [
      'with-list',
      () => {
        const asked = requested.get(invokeId(layer))
        list(layer, 'result', (index) => dataResult(layer, String(index + 1), asked?.[index]))
      },
    ],
  })
}

function setBlock(layer: Layer, key: string): void {
  const secret = isTransferSecret(layer, key)
  rawBlock(layer, key, blockHeader(layer), (whole) => data(whole, 'value', undefined, secret))
}

export function setRequest(layer: Layer): void {
  choose(layer, 'set-request', {
    1: [
      'normal',
      () => {
        invokeId(layer)
        data(layer, 'value', attributeWithSelection(layer))
      },
    ],
    2: [
      'with-first-datablock',
      () => {
        const key = `set ${invokeId(layer)}`
        transfer(layer, key, [attributeWithSelection(layer)])
        setBlock(layer, key)
      },
    ],
    3: [
      'with-datablock',
      () => {
        setBlock(layer, `set ${invokeId(layer)}`)
      },
    ],
    4: [
      'with-list',
      () => {
        invokeId(layer)
        const asked = list(layer, 'attribute-descriptor-list', () => attributeWithSelection(layer))
        list(layer, 'value-list', (index) => data(layer, String(index + 1), asked[index]))
      },
    ],
    5: [
      'with-list-and-first-datablock',
      () => {
        const key = `set ${invokeId(layer)}`
        const asked = list(layer, 'attribute-descriptor-list', () => attributeWithSelection(layer))
        transfer(layer, key, asked)
        rawBlock(layer, key, blockHeader(layer), (whole) =>
          list(whole, 'value-list', (index) => data(whole, String(index + 1), asked[index])),
        )
      },
    ],
  })
}

export function setResponse(layer: Layer): void {
  const block = () => void layer.u32('block-number')
  const results = () => list(layer, 'result', (index) => accessResult(layer, String(index + 1)))
  const form = (...parts: (() => unknown)[]) => {
    return () => {
      invokeId(layer)
      for (const part of parts) part()
    }
  }
  choose(layer, 'set-response', {
    1: ['normal', form(() => accessResult(layer, 'result'))],
    2: ['datablock', form(block)],
    3: ['last-datablock', form(() => accessResult(layer, 'result'), block)],
    4: ['last-datablock-with-list', form(results, block)],
    5: ['with-list', form(results)],
  })
}

function parameters(layer: Layer): void {
  if (layer.flag('method-invocation-parameters')) data(layer, 'parameters')
}

function parameterBlock(layer: Layer, key: string): void {
  const header = blockHeader(layer)
  const secret = isTransferSecret(layer, key)
  rawBlock(layer, key, header, (whole) => data(whole, 'parameters', undefined, secret))
}

export function actionRequest(layer: Layer): void {
  const { requested } = layer.state
  choose(layer, 'action-request', {
    1: [
      'normal',
      () => {
        requested.set(invokeId(layer), [descriptor(layer, 'method')])
        parameters(layer)
      },
    ],
    2: [
      'next-pblock',
      () => {
        invokeId(layer)
        layer.u32('block-number')
      },
    ],
    3: [
      'with-list',
      () => {
        invokeId(layer)
        const asked = list(layer, 'method-descriptor-list', () => descriptor(layer, 'method'))
        list(layer, 'parameter-list', (index) => data(layer, String(index + 1), asked[index]))
      },
    ],
    4: [
      'with-first-pblock',
      () => {
        const id = invokeId(layer)
        const asked = [descriptor(layer, 'method')]
        requested.set(id, asked)
        transfer(layer, `action-request ${id}`, asked)
        parameterBlock(layer, `action-request ${id}`)
      },
    ],
    5: [
      'with-list-and-first-pblock',
      () => {
        const id = invokeId(layer)
        const asked = list(layer, 'method-descriptor-list', () => descriptor(layer, 'method'))
        transfer(layer, `action-request ${id}`, asked)
        parameterBlock(layer, `action-request ${id}`)
      },
    ],
    6: [
      'with-pblock',
      () => {
        const id = invokeId(layer)
        parameterBlock(layer, `action-request ${id}`)
      },
    ],
  })
}

function actionResult(layer: Layer, about?: Asked): void {
  actionResultCode(layer, 'result')
  if (layer.flag('return-parameters')) dataResult(layer, 'return-value', about)
}

export function actionResponse(layer: Layer): void {
  const { requested } = layer.state
  choose(layer, 'action-response', {
    1: ['normal', () => actionResult(layer, requested.get(invokeId(layer))?.[0])],
    2: [
      'with-pblock',
      () => {
        const id = invokeId(layer)
        parameterBlock(layer, `action-response ${id}`)
      },
    ],
    3: [
      'with-list',
      () => {
        invokeId(layer)
        list(layer, 'result-list', (index) => layer.group(String(index + 1), () => actionResult(layer)))
      },
    ],
    4: [
      'next-pblock',
      () => {
        invokeId(layer)
        layer.u32('block-number')
      },
    ],
  })
}
