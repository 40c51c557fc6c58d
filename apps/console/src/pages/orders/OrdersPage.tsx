import { Button, NativeSelect, TextInput } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { meQuery } from '../../api/queries.ts'
import { may, orderListStates } from '../../app/search.ts'
import { useFormat } from '../../format/format.ts'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { PageHead, Panel } from '../../ui/Panel.tsx'
import { EmptyView, Waiting } from '../../ui/StateViews.tsx'
import { GuardPanel } from './GuardPanel.tsx'
import { NewOrder } from './NewOrder.tsx'
import { OrderStateMark } from './OrderState.tsx'
import { ordersQuery } from './queries.ts'
import { type OrderRow, orderTypes } from './types.ts'

/** Who is to be disconnected or connected again, why, and how far it is. */
export function OrdersPage() {
  const { t } = useTranslation()
  const search = useSearch({ from: '/shell/orders' })
  const navigate = useNavigate()
  const { data: me } = useQuery(meQuery)
  const [adding, setAdding] = useState(search.point !== undefined)
  const orders = useInfiniteQuery(ordersQuery(search))
  const rows = orders.data?.pages.flatMap((page) => page.items) ?? []
  const set = (change: Record<string, string | undefined>) =>
    void navigate({ to: '.', search: (old) => ({ ...old, ...change }), replace: true, resetScroll: false })
  return (
    <>
      <PageHead
        title={t('orders.title')}
        under={t('orders.under')}
        tools={
          may(me, 'order') && (
            <Button size="sm" onClick={() => setAdding(true)}>
              {t('orders.add')}
            </Button>
          )
        }
      />
      {may(me, 'network') && <GuardPanel />}
      <Panel
        flush
        title={t('orders.list')}
        tools={
          <>
            <TextInput
              size="xs"
              aria-label={t('orders.search')}
              placeholder={t('orders.search')}
              value={search.q ?? ''}
              onChange={(event) => set({ q: event.currentTarget.value || undefined })}
            />
            <NativeSelect
              size="xs"
              aria-label={t('columns.status')}
              value={search.state ?? 'open'}
              onChange={(event) =>
                set({ state: event.currentTarget.value === 'open' ? undefined : event.currentTarget.value })
              }
              data={['open', ...orderListStates].map((value) => ({
                value,
                label: t(`orders.states.${value}`),
              }))}
            />
            <NativeSelect
              size="xs"
              aria-label={t('orders.type')}
              value={search.type ?? ''}
              onChange={(event) => set({ type: event.currentTarget.value || undefined })}
              data={[
                { value: '', label: t('orders.allTypes') },
                ...orderTypes.map((value) => ({ value, label: value })),
              ]}
            />
          </>
        }
      >
        <Waiting for={orders} rows={8} height={300}>
          {rows.length === 0 ? (
            <EmptyView title={t('orders.none')} what={t('orders.noneWhat')} />
          ) : (
            <OrderTable
              rows={rows}
              onEnd={orders.hasNextPage && !orders.isFetching ? () => void orders.fetchNextPage() : undefined}
            />
          )}
        </Waiting>
      </Panel>
      {adding && (
        <NewOrder
          point={search.point}
          onClose={(id) => {
            setAdding(false)
            if (id) void navigate({ to: '/orders/$orderId', params: { orderId: id } })
            else set({ point: undefined })
          }}
        />
      )}
    </>
  )
}

function OrderTable({ rows, onEnd }: { rows: OrderRow[]; onEnd: (() => void) | undefined }) {
  const { t } = useTranslation()
  const f = useFormat()
  const columns: Column<OrderRow>[] = [
    {
      key: 'number',
      head: t('orders.number'),
      width: '150px',
      cell: (row) => (
        <Link to="/orders/$orderId" params={{ orderId: row.id }} className="mono">
          {row.number}
        </Link>
      ),
    },
    {
      key: 'type',
      head: t('orders.type'),
      width: '140px',
      from: 'desk',
      cell: (row) => <abbr title={t(`orders.types.${row.type}`)}>{row.type}</abbr>,
    },
    {
      key: 'state',
      head: t('columns.status'),
      width: '190px',
      cell: (row) => <OrderStateMark state={row.state} />,
    },
    {
      key: 'runs',
      head: t('orders.runsAt'),
      width: '160px',
      from: 'desk',
      cell: (row) => (row.state === 'waiting' ? f.dateTime(row.runsAt) : '–'),
    },
    {
      key: 'point',
      head: t('columns.point'),
      cell: (row) => (
        <Link to="/points/$pointId" params={{ pointId: row.meteringPointId }}>
          <span className="mono">{row.pod}</span> {row.pointName}
        </Link>
      ),
      from: 'desk',
    },
    {
      key: 'requester',
      head: t('orders.requester'),
      width: '160px',
      from: 'wide',
      cell: (row) => row.requester,
    },
    {
      key: 'route',
      head: t('orders.route'),
      width: '120px',
      from: 'wide',
      cell: (row) => (row.route ? t(`orders.routes.${row.route}`) : '–'),
    },
    {
      key: 'created',
      head: t('orders.created'),
      width: '150px',
      from: 'wide',
      cell: (row) => f.dateTime(row.createdAt),
    },
  ]
  return (
    <DataTable
      label={t('orders.list')}
      rows={rows}
      columns={columns}
      rowKey={(row) => row.id}
      height="max(360px, calc(100dvh - 420px))"
      onEnd={onEnd}
    />
  )
}
