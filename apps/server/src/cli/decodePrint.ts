import type { InspectResult, Language, TreeNode } from '@contor/dlms'

const widestName = 46
const widestValue = 34

type Row = { readonly where: string; readonly name: string; readonly value: string; readonly meaning: string }

/** The tree as aligned lines: offset and length in octets, field, value, meaning. */
export function printTree(result: InspectResult, language: Language): string {
  const rows: Row[] = []
  addRows(rows, result.tree, 0, language)
  const nameWidth = Math.min(widestName, Math.max(...rows.map((row) => row.name.length)))
  const valueWidth = Math.min(widestValue, Math.max(...rows.map((row) => row.value.length)))
  const lines = rows.map((row) =>
    `${row.where}  ${row.name.padEnd(nameWidth)}  ${row.value.padEnd(valueWidth)}  ${row.meaning}`.trimEnd(),
  )
  return `${heading(result, language)}\n${lines.join('\n')}\n`
}

/** One line that says what went wrong, where. */
export function errorLine(result: InspectResult, language: Language): string {
  const { error, protocol } = result
  if (!error) return ''
  const nothing = !result.tree.children?.length
  const ro = nothing ? 'Nimic de decodat' : 'Decodare incompletă'
  const en = nothing ? 'Nothing could be decoded' : 'Decoded in part'
  const at = language === 'ro' ? 'la octetul' : 'at octet'
  return `${language === 'ro' ? ro : en} (${protocol}): ${error.message} [${error.code}, ${at} ${error.offset}]`
}

function heading(result: InspectResult, language: Language): string {
  const size = `${result.tree.length} ${language === 'ro' ? 'octeți' : 'octets'}`
  const state = result.ok ? 'ok' : `${language === 'ro' ? 'EROARE' : 'ERROR'}: ${result.error?.message ?? ''}`
  return `${result.protocol}, ${size}, ${state}`
}

function addRows(rows: Row[], node: TreeNode, depth: number, language: Language): void {
  rows.push({
    where: `${String(node.offset).padStart(5)} ${String(node.length).padStart(5)}`,
    name: `${'  '.repeat(depth)}${node.name}${node.hex === undefined ? '' : ' ▸'}`,
    value: valueText(node),
    meaning: meaningOf(node, language),
  })
  for (const child of node.children ?? []) addRows(rows, child, depth + 1, language)
}

function valueText(node: TreeNode): string {
  if (node.value === undefined) return node.type ?? ''
  const text = String(node.value)
  return text.length <= widestValue ? text : `${text.slice(0, widestValue - 1)}…`
}

function meaningOf(node: TreeNode, language: Language): string {
  const parts: string[] = []
  if (node.text !== undefined) parts.push(node.text)
  if (node.note !== undefined) parts.push(`(${node.note})`)
  if (node.error) parts.push(`${language === 'ro' ? 'EROARE' : 'ERROR'}: ${node.error.message}`)
  return parts.join(' ')
}
