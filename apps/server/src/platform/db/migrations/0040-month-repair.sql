-- What was recorded of a month block when it was folded, apart from the octets that it is about, and what a repair
-- did. A fault of a month holds everything of that month: the days and the frames that they are rebuilt from.
alter table contor.month_block add column seals bytea check (octet_length(seals) = 12);
comment on column contor.month_block.seals is 'CRC-32 of heads, active, others without their seals, big endian; null: folded before this was kept';
grant update (seals) on contor.month_block to contor_app;

alter table contor.block_fault
  add column last_day date check (last_day >= day),  -- of a month block; null: the one day
  add column details  jsonb;                         -- what was done, day by day where it matters, or what is lacking
update contor.block_fault set last_day = day + interval '1 month' - interval '1 day' where fault like 'the month block %';
grant update (details) on contor.block_fault to contor_app;

create or replace function contor.is_held(point bigint, first_day date, last_day date) returns boolean language sql stable
set search_path = pg_catalog, pg_temp as $$
  select exists (select 1 from contor.validation_exception e where e.metering_point_id = point
                    and e.status <> 'resolved' and e.day between first_day and last_day)
      or exists (select 1 from contor.rebill_difference r where r.metering_point_id = point
                    and r.settled_by is null and r.day between first_day and last_day)
      or exists (select 1 from contor.block_fault f where f.metering_point_id = point
                    and f.repaired_at is null and f.day <= is_held.last_day
                    and coalesce(f.last_day, f.day) >= first_day)
$$;
