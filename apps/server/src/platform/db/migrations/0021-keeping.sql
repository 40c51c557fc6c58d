-- Keeping what is stored: checks of the seals, repair, retention, erasure.

-- How far the check of the seals has come. One row, local on a cluster.
create table contor.seal_check (
  one               boolean     primary key default true check (one),
  after_point       bigint      not null default 0,
  after_day         date        not null default '0001-01-01',
  checked           bigint      not null default 0,  -- days in this round
  faults            bigint      not null default 0,
  round_started_at  timestamptz not null default now(),
  last_round_at     timestamptz                      -- end of the last whole round
);
alter table contor.seal_check enable row level security;
create policy seen on contor.seal_check using ((select coalesce(current_setting('contor.scope', true) = 'all', false)));
grant select, insert, update on contor.seal_check to contor_app;

-- A fault stands once while it is open; a day may fail again after its repair.
create unique index block_fault_open on contor.block_fault (metering_point_id, day) where repaired_at is null;

insert into contor.validation_rule (rule, version, parameters, severity) values ('stored-day-altered', 1, '{}', 'error')
on conflict do nothing;

-- ── retention ────────────────────────────────────────────────────────────────────────────────
insert into contor.legal_figure (name, unit, least, most, title_ro, title_en) values
  ('billing.period.days', 'days', 28, 366, 'Cea mai lungă perioadă de facturare', 'Longest billing period');
insert into contor.legal_rule (name, valid_from, value, source, actor, reason) values
  ('billing.period.days', '2018-10-12', 31, 'practice: bills are monthly', 'system:shipped', 'shipped with the product');

-- Energy of a month whose days were taken away; `sum` of a channel in Wh or varh over `days` of them.
create table contor.month_total (
  metering_point_id  bigint   not null,
  month              date     not null check (extract(day from month) = 1),
  channel            text     not null,
  sum                bigint   not null,
  days               integer  not null,
  taken              integer  not null,             -- which days: bit 0 is the first; none is added twice
  primary key (metering_point_id, month, channel)
);
alter table contor.month_total enable row level security;
create policy seen on contor.month_total using (
  (select coalesce(current_setting('contor.scope', true) = 'all', false)) or metering_point_id in (select contor.seen_points()))
  with check ((select coalesce(current_setting('contor.scope', true) = 'all', false)));
grant select, insert, update on contor.month_total to contor_app;

-- What each run took away, and why it did nothing; local on a cluster.
create table contor.retention_run (
  id          bigint      generated always as identity primary key,
  at          timestamptz not null default now(),
  class       text        not null check (class in ('detail', 'cumulative')),
  before_day  date,                                  -- everything older, as far as nothing holds it
  deleted     bigint      not null,
  held        bigint      not null default 0,        -- older days that something open refers to
  refused     text,                                  -- why nothing was done
  rule        text        not null,
  months      integer     not null
);
alter table contor.retention_run enable row level security;
create policy seen on contor.retention_run using ((select coalesce(current_setting('contor.scope', true) = 'all', false)));
grant select, insert on contor.retention_run to contor_app;

-- Whether something unresolved refers to a day of a point: an exception, a difference to a bill, a damaged block.
create function contor.is_held(point bigint, first_day date, last_day date) returns boolean language sql stable
set search_path = pg_catalog, pg_temp as $$
  select exists (select 1 from contor.validation_exception e where e.metering_point_id = point
                    and e.status <> 'resolved' and e.day between first_day and last_day)
      or exists (select 1 from contor.rebill_difference r where r.metering_point_id = point
                    and r.settled_by is null and r.day between first_day and last_day)
      or exists (select 1 from contor.block_fault f where f.metering_point_id = point
                    and f.repaired_at is null and f.day between first_day and last_day)
$$;

-- The application cannot delete readings. These functions can, and only what is old by the newest reading itself:
-- a clock that runs ahead does not make anything older.
create function contor.expire_days(points bigint[], days date[], months integer) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare newest date; gone integer;
begin
  if months < 24 then raise exception 'detailed data are kept for 24 months at least'; end if;
  select max(day) into newest from contor.day_block where version > 0 and day <= current_date;
  with old as (
    select t.p, t.d from unnest(points, days) as t(p, d)
     where t.d < newest - make_interval(months => months) and not contor.is_held(t.p, t.d, t.d)),
  versions as (
    delete from contor.day_block_version v using old where v.metering_point_id = old.p and v.day = old.d)
  delete from contor.day_block b using old where b.metering_point_id = old.p and b.day = old.d;
  get diagnostics gone = row_count;
  return gone;
end $$;

create function contor.expire_cumulative(points bigint[], months integer) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare newest date; before date; gone integer := 0; part integer;
begin
  if months < 36 then raise exception 'cumulative data are kept for 36 months at least'; end if;
  select max(day) into newest from contor.day_block where version > 0 and day <= current_date;
  before := newest - make_interval(months => months);
  delete from contor.month_total m where m.metering_point_id = any(points) and m.month + interval '1 month' <= before;
  get diagnostics part = row_count; gone := gone + part;
  delete from contor.rebill_difference r where r.metering_point_id = any(points) and r.day < before and r.settled_by is not null;
  get diagnostics part = row_count; gone := gone + part;
  delete from contor.billed_period b where b.metering_point_id = any(points) and b.to_day < before
     and not contor.is_held(b.metering_point_id, b.from_day, b.to_day);
  get diagnostics part = row_count; gone := gone + part;
  delete from contor.index_reading i where i.metering_point_id = any(points) and i.at < before;
  get diagnostics part = row_count; gone := gone + part;
  return gone;
end $$;

-- Frames that something open refers to outlive their partition: they move to the default one.
create or replace function contor.drop_exchange_partitions(keep_from date, max_bytes bigint) returns integer
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
      execute format('alter table contor.exchange detach partition contor.%I', part.relname);
      -- One answer spans ten days at most.
      execute format('insert into contor.exchange select x.* from contor.%I x
                       where contor.is_held(x.metering_point_id, %L::date - 11, %L::date + 1)',
                     part.relname, part.day, part.day);
      execute format('drop table contor.%I', part.relname);
      dropped := dropped + 1;
    end if;
  end loop;
  return dropped;
end $$;

revoke all on function contor.expire_days(bigint[], date[], integer), contor.expire_cumulative(bigint[], integer) from public;
grant execute on function contor.expire_days(bigint[], date[], integer), contor.expire_cumulative(bigint[], integer) to contor_app;
