-- Which day it is, is the market's business, not the server's: between midnight in Bucharest and midnight of UTC the
-- newest readings are of a day that UTC does not have yet.
create or replace function contor.expire_days(points bigint[], days date[], months integer) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare newest date; gone integer;
begin
  if months < 24 then raise exception 'detailed data are kept for 24 months at least'; end if;
  select max(day) into newest from contor.day_block where version > 0 and day <= (now() at time zone 'Europe/Bucharest')::date;
  with old as (
    select t.p, t.d from unnest(points, days) as t(p, d)
     where t.d < newest - make_interval(months => months) and not contor.is_held(t.p, t.d, t.d)),
  versions as (
    delete from contor.day_block_version v using old where v.metering_point_id = old.p and v.day = old.d)
  delete from contor.day_block b using old where b.metering_point_id = old.p and b.day = old.d;
  get diagnostics gone = row_count;
  return gone;
end $$;

create or replace function contor.expire_cumulative(points bigint[], months integer) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare newest date; before date; gone integer := 0; part integer;
begin
  if months < 36 then raise exception 'cumulative data are kept for 36 months at least'; end if;
  select max(day) into newest from contor.day_block where version > 0 and day <= (now() at time zone 'Europe/Bucharest')::date;
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
