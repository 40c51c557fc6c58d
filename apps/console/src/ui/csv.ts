/** RFC 4180 text; cells that a spreadsheet would run as a formula are defused with a leading apostrophe. */
export function toCsv(head: string[], rows: unknown[][]): string {
  const cell = (value: unknown) => {
    let text = value === null || value === undefined ? '' : String(value)
    if (typeof value === 'string' && /^[=+\-@\t\r]/.test(text)) text = `'${text}`
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  return [head, ...rows].map((row) => row.map(cell).join(',')).join('\r\n')
}

export function downloadCsv(name: string, head: string[], rows: unknown[][]): void {
  // The byte order mark tells spreadsheets that ș and ț are UTF-8.
  const url = URL.createObjectURL(new Blob(['\ufeff', toCsv(head, rows)], { type: 'text/csv;charset=utf-8' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
