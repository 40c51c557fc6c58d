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

-- Retention: what each run took away and why it stopped; local on a cluster.
create table contor.retention_run (
  id          bigint      generated always as identity primary key,
  at          timestamptz not null default now(),
  class       text        not null check (class in ('detail', 'cumulative', 'frames', 'files')),
  before_day  date,                                  -- everything older, as far as nothing holds it
  deleted     bigint      not null,
  refused     text,                                  -- why nothing was done
  rule        text        not null,
  rule_value  integer     not null
);
alter table contor.retention_run enable row level security;
create policy seen on contor.retention_run using ((select coalesce(current_setting('contor.scope', true) = 'all', false)));
grant select, insert on contor.retention_run to contor_app;
