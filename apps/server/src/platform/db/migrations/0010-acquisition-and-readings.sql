-- Acquisition and readings: the expectation behind the gap ledger, the journal's partitions, the snapshot of
-- the collection page, and the first validation rules.

-- For every metering point: from which instant quarter-hours are expected, and up to which instant the ledger
-- has been kept. Invariant: each quarter-hour in [from_at, through_at) is present in day_block or covered by
-- exactly one gap row that is open or lost.
create table contor.ledger (
  metering_point_id  bigint primary key references contor.metering_point,
  from_at            timestamptz not null,
  through_at         timestamptz not null,
  check (from_at <= through_at)
);
alter table contor.ledger enable row level security;
create policy seen on contor.ledger using (contor.may_see(metering_point_id))
  with check (current_setting('contor.scope', true) = 'all');
grant select, insert, update on contor.ledger to contor_app;
create index gap_standing on contor.gap (day, metering_point_id) include (count) where state <> 'recovered';

-- One row: what the collection page shows, refreshed by the collector.
create table contor.collection_snapshot (
  one         boolean primary key default true check (one),
  updated_at  timestamptz not null,
  summary     jsonb not null,
  days        jsonb not null
);
alter table contor.collection_snapshot enable row level security;
create policy seen on contor.collection_snapshot using (current_setting('contor.scope', true) = 'all');
grant select, insert, update on contor.collection_snapshot to contor_app;

-- Marks of stale balances are appended, never shared: a shared row would make every session that writes a day
-- of one station wait for the others.
alter table contor.station_day_stale drop constraint station_day_stale_pkey;
alter table contor.station_day_stale add column mark bigint generated always as identity primary key;
grant usage, select on all sequences in schema contor to contor_app;

-- The journal's partitions are made and dropped by their owner, on the application's request.
create function contor.ensure_exchange_partition(wanted date) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare name text := 'exchange_' || to_char(wanted, 'YYYYMMDD');
begin
  if to_regclass('contor.' || name) is not null then return; end if;
  execute format('create table if not exists contor.%I partition of contor.exchange for values from (%L) to (%L)',
    name, wanted::text || ' 00:00:00+00', (wanted + 1)::text || ' 00:00:00+00');
end $$;

-- Drops the partitions of whole days before `keep_from`, then the oldest ones while the journal is larger than
-- `max_bytes`; the two newest days always stay. Returns how many went.
create function contor.drop_exchange_partitions(keep_from date, max_bytes bigint) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare part record; dropped integer := 0; total bigint;
begin
  select coalesce(sum(pg_total_relation_size(c.oid)), 0) into total
    from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'contor.exchange'::regclass;
  for part in
    select c.relname, c.oid, to_date(substr(c.relname, 10), 'YYYYMMDD') as day
      from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'contor.exchange'::regclass and c.relname ~ '^exchange_\d{8}$'
     order by c.relname
  loop
    exit when part.day >= (now() at time zone 'UTC')::date - 1;
    if part.day < keep_from or total > max_bytes then
      total := total - pg_total_relation_size(part.oid);
      execute format('drop table contor.%I', part.relname);
      dropped := dropped + 1;
    end if;
  end loop;
  return dropped;
end $$;
revoke all on function contor.ensure_exchange_partition(date), contor.drop_exchange_partitions(date, bigint) from public;
grant execute on function contor.ensure_exchange_partition(date), contor.drop_exchange_partitions(date, bigint) to contor_app;
-- Row-level rules hold on the parent only: nobody reads a partition directly.
revoke all on contor.exchange_default from contor_app;

insert into contor.validation_rule (rule, version, parameters, severity) values
  ('missing-interval', 1, '{}', 'warning'),
  ('duplicate', 1, '{}', 'warning'),
  ('interval-sum', 1, '{"toleranceWh": 2}', 'error'),
  ('spike', 1, '{"factor": 3}', 'warning'),
  ('clock-tolerance', 1, '{"toleranceS": 30, "alignmentS": 60}', 'warning')
on conflict do nothing;
