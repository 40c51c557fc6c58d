import { Button, NativeSelect } from '@mantine/core'
import { IconFileUpload } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { type DragEvent, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../../format/format.ts'
import { ErrorView } from '../../ui/StateViews.tsx'
import css from './transfers.module.css'
import { type ImportFile, importFormats } from './types.ts'
import { uploadFile } from './upload.ts'

/** Takes a file by drop or by choice, and says how the file writes its numbers when it cannot be guessed. */
export function DropFile({ onReceived }: { onReceived: (received: ImportFile) => unknown }) {
  const { t } = useTranslation()
  const f = useFormat()
  const input = useRef<HTMLInputElement>(null)
  const stopper = useRef(new AbortController())
  const [over, setOver] = useState(false)
  const [file, setFile] = useState<File>()
  const [share, setShare] = useState(0)
  const [options, setOptions] = useState({ format: '', separator: '', decimal: '' })
  const upload = useMutation({
    mutationFn: (chosen: File) => {
      stopper.current = new AbortController()
      return uploadFile(chosen, options, setShare, stopper.current.signal)
    },
    onSuccess: async (received) => {
      setFile(undefined)
      await onReceived(received)
    },
  })
  const take = (files: FileList | null) => {
    const chosen = files?.[0]
    if (!chosen) return
    upload.reset()
    setShare(0)
    setFile(chosen)
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    take(event.dataTransfer.files)
  }
  const choice = (key: 'format' | 'separator' | 'decimal', values: readonly string[]) => (
    <NativeSelect
      size="xs"
      label={t(`transfers.drop.${key}`)}
      value={options[key]}
      onChange={(event) => setOptions({ ...options, [key]: event.currentTarget.value })}
      data={[
        { value: '', label: t('transfers.drop.guess') },
        ...values.map((value) => ({ value, label: t(`transfers.drop.choices.${value}`, value) })),
      ]}
    />
  )
  return (
    <div className={css.stack}>
      <section
        className={css.drop}
        data-over={over || undefined}
        aria-label={t('transfers.drop.title')}
        onDragOver={(event) => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <IconFileUpload size={28} stroke={1.4} aria-hidden />
        <p>{file ? `${file.name} · ${f.bytes(file.size)}` : t('transfers.drop.here')}</p>
        <Button variant="default" disabled={upload.isPending} onClick={() => input.current?.click()}>
          {t('transfers.drop.choose')}
        </Button>
        <input
          ref={input}
          type="file"
          className="sr-only"
          tabIndex={-1}
          aria-label={t('transfers.file')}
          accept={importFormats.map((format) => `.${format}`).join(',')}
          onChange={(event) => {
            take(event.currentTarget.files)
            event.currentTarget.value = ''
          }}
        />
      </section>
      <div className={css.options}>
        {choice('format', importFormats)}
        {choice('separator', [';', ',', 'tab', '|'])}
        {choice('decimal', [',', '.'])}
        <Button disabled={!file || upload.isPending} onClick={() => file && upload.mutate(file)}>
          {t('transfers.drop.send')}
        </Button>
      </div>
      {upload.isPending && (
        <div className={css.progress}>
          <progress
            className={css.bar}
            value={share}
            aria-label={t('transfers.drop.sending', { share: f.percent(share, 0) })}
          />
          <p className="small">{t('transfers.drop.sending', { share: f.percent(share, 0) })}</p>
          <Button size="xs" variant="subtle" onClick={() => stopper.current.abort()}>
            {t('transfers.stop')}
          </Button>
        </div>
      )}
      {upload.error && !stopper.current.signal.aborted && (
        <ErrorView error={upload.error} onRetry={file && (() => upload.mutate(file))} />
      )}
    </div>
  )
}
