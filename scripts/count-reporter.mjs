// A reporter for node --test: counts the leaf tests, keeps the failures' words and adds up each file's time.
export default async function* countReporter(source) {
  const counted = { passed: 0, failed: 0, skipped: 0, failures: [], files: {} }
  for await (const event of source) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue
    const { data } = event
    if (data.nesting === 0 && data.file)
      counted.files[data.file] = (counted.files[data.file] ?? 0) + data.details.duration_ms
    if (data.details?.type === 'suite') continue
    if (data.skip !== undefined || data.todo !== undefined) counted.skipped += 1
    else if (event.type === 'test:pass') counted.passed += 1
    else if (data.details?.error?.failureType !== 'subtestsFailed') {
      counted.failed += 1
      const error = data.details?.error
      counted.failures.push({
        name: `${data.file ?? ''} › ${data.name}`,
        error: String(error?.cause?.stack ?? error?.stack ?? error).slice(0, 4000),
      })
    }
  }
  yield JSON.stringify(counted)
}
