import { Button } from '@mantine/core'
import { useCallback, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Panel } from '../../ui/Panel.tsx'
import css from './field.module.css'
import { deletePhoto, photosOf, savePhoto } from './store.ts'
import { takePhoto } from './sync.ts'

const most = 8
type Shown = { id: string; url: string; sent: boolean }

export function Photos({ visitId, onCount }: { visitId: string; onCount: (count: number) => void }) {
  const { t } = useTranslation()
  const [photos, setPhotos] = useState<Shown[]>([])
  const [failed, setFailed] = useState(false)
  const read = useCallback(async () => {
    const stored = await photosOf(visitId)
    setPhotos((old) => {
      for (const { url } of old) URL.revokeObjectURL(url)
      return stored.map(({ id, blob, sent }) => ({ id, url: URL.createObjectURL(blob), sent }))
    })
    onCount(stored.length)
  }, [visitId, onCount])
  useEffect(() => void read(), [read])
  const take = async (files: FileList | null) => {
    setFailed(false)
    try {
      for (const file of [...(files ?? [])].slice(0, most - photos.length))
        await savePhoto(await takePhoto(visitId, file))
    } catch {
      setFailed(true)
    }
    await read()
  }
  return (
    <Panel title={t('field.photos')} note={t('field.photosNote', { most })}>
      <div className={css.fields}>
        <div className={css.photos}>
          {photos.map(({ id, url, sent }, index) => (
            <figure key={id}>
              <img src={url} alt={t('field.photo', { n: index + 1 })} />
              {!sent && (
                <Button size="sm" variant="default" onClick={() => void deletePhoto(id).then(read)}>
                  {t('field.removePhoto', { n: index + 1 })}
                </Button>
              )}
            </figure>
          ))}
        </div>
        {failed && (
          <p role="alert" className={css.alert}>
            {t('field.photoFailed')}
          </p>
        )}
        {photos.length < most && (
          <label className={css.file}>
            <span>{t('field.takePhoto')}</span>
            <input
              type="file"
              accept="image/*"
              capture="environment"
              onChange={(event) => void take(event.currentTarget.files)}
            />
          </label>
        )}
      </div>
    </Panel>
  )
}
