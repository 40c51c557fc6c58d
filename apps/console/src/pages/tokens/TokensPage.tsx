import { Button, CopyButton, Group, Modal } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { tokensQuery } from '../../api/queries.ts'
import type { TokenRow } from '../../api/types.ts'
import { useFormat } from '../../format/format.ts'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { PageHead, Panel } from '../../ui/Panel.tsx'
import { EmptyView, ErrorView, Waiting } from '../../ui/StateViews.tsx'
import { TokenForm } from './TokenForm.tsx'
import css from './Tokens.module.css'

/** Access that a point's owner gives to somebody else's program: one point, reading only, revocable. */
export function TokensPage() {
  const { t } = useTranslation()
  const { point } = useSearch({ from: '/shell/tokens' })
  const tokens = useQuery(tokensQuery)
  const [made, setMade] = useState<string>()
  const [leaving, setLeaving] = useState<TokenRow>()
  return (
    <>
      <PageHead title={t('tokens.title')} under={t('tokens.under')} />
      <div className={css.columns}>
        <Panel title={t('tokens.new')}>
          <TokenForm pointId={point} onMade={setMade} />
          {made && <Made token={made} />}
        </Panel>
        <Panel flush title={t('tokens.list')}>
          <Waiting for={tokens} rows={5} height={200}>
            <TokenTable
              rows={(tokens.data?.items ?? []).filter((row) => row.revokedAt === null)}
              onRevoke={setLeaving}
            />
          </Waiting>
        </Panel>
      </div>
      {leaving && <Revoke token={leaving} onClose={() => setLeaving(undefined)} />}
    </>
  )
}

function Made({ token }: { token: string }) {
  const { t } = useTranslation()
  return (
    <div className={css.made} role="status">
      <h3>{t('tokens.once')}</h3>
      <p>{t('tokens.onceWhat')}</p>
      <code>{token}</code>
      <CopyButton value={token}>
        {({ copied, copy }) => (
          <Button size="xs" variant="default" onClick={copy}>
            {t(copied ? 'tokens.copied' : 'tokens.copy')}
          </Button>
        )}
      </CopyButton>
    </div>
  )
}

function TokenTable(props: { rows: TokenRow[]; onRevoke: (row: TokenRow) => void }) {
  const { t } = useTranslation()
  const f = useFormat()
  const columns: Column<TokenRow>[] = [
    { key: 'label', head: t('tokens.label'), cell: (row) => row.label },
    {
      key: 'point',
      head: t('columns.point'),
      cell: (row) =>
        row.meteringPointId ? (
          <Link to="/points/$pointId" params={{ pointId: row.meteringPointId }} className="mono">
            {row.pod ?? row.meteringPointId}
          </Link>
        ) : (
          t('tokens.noPoint')
        ),
    },
    {
      key: 'expires',
      head: t('tokens.expires'),
      width: '130px',
      from: 'desk',
      cell: (row) => (row.expiresAt ? f.date(row.expiresAt) : t('tokens.never')),
    },
    {
      key: 'created',
      head: t('tokens.created'),
      width: '130px',
      from: 'wide',
      cell: (row) => f.date(row.createdAt),
    },
    {
      key: 'revoke',
      head: t('tokens.action'),
      width: '118px',
      align: 'end',
      cell: (row) => (
        <Button
          size="compact-xs"
          variant="default"
          aria-label={t('tokens.revokeOf', { label: row.label })}
          onClick={() => props.onRevoke(row)}
        >
          {t('tokens.revoke')}
        </Button>
      ),
    },
  ]
  if (props.rows.length === 0) {
    return <EmptyView title={t('tokens.none')} what={t('tokens.noneWhat')} todo={t('tokens.noneTodo')} />
  }
  return (
    <DataTable
      label={t('tokens.list')}
      rows={props.rows}
      columns={columns}
      rowKey={(row) => row.id}
      height="560px"
    />
  )
}

function Revoke({ token, onClose }: { token: TokenRow; onClose: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const revoke = useMutation({
    mutationFn: () => api(`/tokens/${token.id}`, { method: 'DELETE' }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: tokensQuery.queryKey })
      onClose()
    },
  })
  return (
    <Modal
      opened
      onClose={onClose}
      centered
      title={t('tokens.revokeOf', { label: token.label })}
      closeButtonProps={{ 'aria-label': t('state.close') }}
    >
      <p>
        {t('tokens.revokeWhat', {
          label: token.label,
          point: token.pod ?? token.meteringPointId ?? t('tokens.noPoint'),
        })}
      </p>
      {revoke.error && <ErrorView error={revoke.error} />}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>
          {t('tokens.keep')}
        </Button>
        <Button color="red" loading={revoke.isPending} onClick={() => revoke.mutate()}>
          {t('tokens.revoke')}
        </Button>
      </Group>
    </Modal>
  )
}
