-- Every state of a day as it was known: what a block held at any instant can be told exactly.
-- Three things happen to a block, and each leaves its instant:
--   it is laid                                   day_block.known_from
--   slots that had no value get a measured one   an entry of day_block.growth (slot runs and their instant)
--   slots get another value or another state     a row of day_block_version with both values of these slots
-- Going back in time undoes the later ones, newest first.
alter table contor.day_block
  add column known_from  timestamptz not null default now(),
  add column changed_at  timestamptz not null default now(),   -- instant of the last event; they only rise
  add column growth      bytea not null default '',            -- packGrowth()
  add column checksum    integer;                              -- CRC-32 of payload, sources and growth; null: not sealed yet

do $$ begin
  if exists (select 1 from contor.day_block_version) then
    raise exception 'day_block_version holds whole copies of an earlier form';
  end if;
end $$;
alter table contor.day_block_version drop column payload;
alter table contor.day_block_version rename column superseded_at to changed_at;
alter table contor.day_block_version
  add column patch        bytea not null,          -- packPatch(): slots with their values before and after
  add column kind         text not null check (kind in ('late', 'estimate', 'edit', 'undo', 'recalculation', 'import', 'repair')),
  add column details      jsonb,
  add column billed       boolean not null,        -- the day stood on a bill
  add column approved_by  text,                    -- the second person
  add constraint second_person check (
    not billed or kind not in ('edit', 'undo', 'recalculation') or (approved_by is not null and approved_by <> actor));
comment on column contor.day_block_version.sources is 'the sources of the slots before the change';

-- A bill fixes what was known at an instant; the days themselves go on.
create table contor.billed_period (
  metering_point_id  bigint      not null,
  bill_ref           text        not null,
  from_day           date        not null,
  to_day             date        not null,          -- included
  finalised_at       timestamptz not null,
  actor              text        not null,
  sums               jsonb       not null,          -- {channel: Wh} as billed
  primary key (metering_point_id, bill_ref),
  check (from_day <= to_day)
);
create index billed_period_days on contor.billed_period (metering_point_id, to_day);

-- What changed after it was billed. Sum of the billed days + sum of (after − before) = what stands.
create table contor.rebill_difference (
  metering_point_id  bigint      not null,
  id                 bigint      generated always as identity,
  bill_ref           text        not null,
  day                date        not null,
  channel            text        not null,
  before_wh          bigint      not null,
  after_wh           bigint      not null,
  kind               text        not null,          -- 'measured' or the kind of the version
  version            integer,                       -- of day_block_version; null for slots that were empty
  at                 timestamptz not null,
  settled_by         text,                          -- the bill that took it in
  primary key (metering_point_id, id)
);
create index rebill_difference_open on contor.rebill_difference (metering_point_id, day) where settled_by is null;

create table contor.block_fault (                   -- stored days whose checksum does not hold
  metering_point_id  bigint      not null,
  day                date        not null,
  found_at           timestamptz not null default now(),
  fault              text        not null,
  repaired_at        timestamptz,
  repaired_from      text,
  primary key (metering_point_id, day, found_at)
);

do $$
declare t text;
begin
  foreach t in array array['billed_period', 'rebill_difference', 'block_fault'] loop
    execute format('alter table contor.%I enable row level security', t);
    execute format('create policy seen on contor.%I using ((select coalesce(current_setting(''contor.scope'', true) = ''all'', false)) or metering_point_id in (select contor.seen_points())) with check ((select coalesce(current_setting(''contor.scope'', true) = ''all'', false)))', t);
  end loop;
end $$;
grant select, insert on contor.billed_period, contor.rebill_difference, contor.block_fault to contor_app;
grant update (settled_by) on contor.rebill_difference to contor_app;
grant update (repaired_at, repaired_from) on contor.block_fault to contor_app;
grant usage, select on all sequences in schema contor to contor_app;
