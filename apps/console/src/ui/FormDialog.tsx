import { Button, Modal } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { ErrorView } from './StateViews.tsx'

/** A form over the page, sent as one act; what the server refuses stands above the button, and nothing typed is lost. */
export function FormDialog(props: {
  title: ReactNode
  /** Of the button; the title's words where it says the same. */
  word: string
  act: { readonly mutate: () => void; readonly isPending: boolean; readonly error: unknown }
  missing: boolean
  size?: 'md' | 'lg'
  onClose: () => void
  children: ReactNode
}) {
  const { t } = useTranslation()
  const { act } = props
  return (
    <Modal
      opened
      size={props.size ?? 'md'}
      onClose={props.onClose}
      title={props.title}
      closeButtonProps={{ 'aria-label': t('state.close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (!props.missing) act.mutate()
        }}
      >
        {props.children}
        {act.error ? <ErrorView error={act.error} /> : null}
        <Button type="submit" mt="md" loading={act.isPending} disabled={props.missing}>
          {props.word}
        </Button>
      </form>
    </Modal>
  )
}
