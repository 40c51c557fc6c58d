-- What the guard let through, added up as it is written: budgets of a day read sums, however many releases it had.

-- When a release was, the database says: a row written into the past would leave a budget without it. A command that
-- leaves again much later counts again, or a row written for it beforehand would stand in its place.
revoke insert on contor.guard_release from contor_app;
grant insert (command_id, point_id, station_id, feeder, supplier, person, power_w) on contor.guard_release to contor_app;
alter table contor.guard_release drop constraint guard_release_command_id_key;
create index guard_release_command on contor.guard_release (command_id, at);

create table contor.guard_tally (
  scope              text        not null,          -- as in guard_limit
  place              text        not null,          -- '' for all; station; station and feeder; person; supplier
  bucket             timestamptz not null,          -- start of five minutes
  count              integer     not null,
  power_w            bigint      not null,
  primary key (scope, place, bucket)
);
alter table contor.guard_tally enable row level security;
create policy seen on contor.guard_tally using ((select coalesce(current_setting('contor.scope', true) = 'all', false)));
grant select on contor.guard_tally to contor_app;

create function contor.tally_release() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into contor.guard_tally as t (scope, place, bucket, count, power_w)
  select s.scope, s.place, date_bin('5 minutes', new.at, 'epoch'), 1, new.power_w
    from (values ('all', ''), ('station', new.station_id::text), ('feeder', new.station_id || ' ' || new.feeder),
                 ('person', new.person), ('supplier', new.supplier)) as s(scope, place)
   where s.place is not null
  on conflict (scope, place, bucket) do update set count = t.count + 1, power_w = t.power_w + excluded.power_w;
  return null;
end $$;
create trigger tally after insert on contor.guard_release for each row execute function contor.tally_release();

insert into contor.guard_tally (scope, place, bucket, count, power_w)
select s.scope, s.place, date_bin('5 minutes', r.at, 'epoch'), count(*), sum(r.power_w)
  from contor.guard_release r
  cross join lateral (values ('all', ''), ('station', r.station_id::text), ('feeder', r.station_id || ' ' || r.feeder),
                             ('person', r.person), ('supplier', r.supplier)) as s(scope, place)
 where s.place is not null
 group by 1, 2, 3;

-- The last closing of each kind, and what opened after it, without reading everything in between.
create index guard_event_kind on contor.guard_event (kind, at desc);
