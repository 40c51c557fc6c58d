-- Month blocks: settled days of a point and month in one row. A day stands in day_block or in a month block, never
-- in both. Whatever changes a day of a month block unfolds the month first, in its own transaction.
create table contor.month_block (
  metering_point_id  bigint     not null,
  month              date       not null check (extract(day from month) = 1),
  held               integer    not null check (held > 0),  -- which days: bit 0 is the first
  -- Figures as day_block has them, an element for each day of the month in order, 0 for days that are not held.
  import_wh          integer[]  not null,
  export_wh          integer[],                     -- null: 0 on every day
  present            smallint[],                    -- null: every quarter-hour of every day
  estimated          smallint[],                    -- null: none
  suspect            smallint[],                    -- null: none
  -- Each ends with the CRC-32 of what stands before it.
  heads              bytea      not null,           -- packHeads(): versions, instants, sources and growth of the days
  active             bytea      not null,           -- encodeMonth(): channel A+
  others             bytea      not null,           -- encodeMonth(): the other channels
  primary key (metering_point_id, month)
);
-- Packed already: what does not fit into the row goes beside it as it is, and parts can be read alone.
alter table contor.month_block
  alter column heads set storage external, alter column active set storage external, alter column others set storage external;
alter table contor.month_block enable row level security;
create policy seen on contor.month_block using (
  (select coalesce(current_setting('contor.scope', true) = 'all', false)) or metering_point_id in (select contor.seen_points()))
  with check ((select coalesce(current_setting('contor.scope', true) = 'all', false)));
-- The octets may be laid again by a repair; rows go by unfold_months() only.
grant select, insert, update (heads, active, others) on contor.month_block to contor_app;

-- The figures of every stored day, wherever it stands.
create view contor.day_figures with (security_invoker = true) as
  select metering_point_id, day, slots, present, estimated, suspect, import_wh, export_wh
    from contor.day_block where version > 0
  union all
  select m.metering_point_id, m.month + d.i, s.slots, coalesce(m.present[d.i + 1], s.slots),
         coalesce(m.estimated[d.i + 1], 0::smallint), coalesce(m.suspect[d.i + 1], 0::smallint),
         m.import_wh[d.i + 1], coalesce(m.export_wh[d.i + 1], 0)
    from contor.month_block m cross join generate_series(0, 30) as d(i)
   cross join lateral (
     select (extract(epoch from ((m.month + d.i + 1)::timestamp at time zone 'Europe/Bucharest')
                              - ((m.month + d.i)::timestamp at time zone 'Europe/Bucharest')) / 900)::smallint as slots) s
   where (m.held >> d.i) & 1 = 1;
grant select on contor.day_figures to contor_app;

-- The application cannot delete readings. These functions take a form of a day away whose figures stand in the other
-- form, so that nothing goes without being there.
create function contor.drop_folded(points bigint[], months date[]) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare gone integer;
begin
  delete from contor.day_block b using contor.month_block m, unnest(points, months) as t(p, m)
   where m.metering_point_id = t.p and m.month = t.m
     and b.metering_point_id = t.p and b.day >= t.m and b.day < t.m + interval '1 month' and b.version > 0
     and (m.held >> (b.day - t.m)) & 1 = 1
     and b.import_wh = m.import_wh[b.day - t.m + 1] and b.export_wh = coalesce(m.export_wh[b.day - t.m + 1], 0)
     and b.present = coalesce(m.present[b.day - t.m + 1], b.slots)
     and b.estimated = coalesce(m.estimated[b.day - t.m + 1], 0) and b.suspect = coalesce(m.suspect[b.day - t.m + 1], 0);
  get diagnostics gone = row_count;
  return gone;
end $$;

create function contor.drop_unfolded(points bigint[], months date[]) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare gone integer;
begin
  delete from contor.month_block m using unnest(points, months) as t(p, m)
   where m.metering_point_id = t.p and m.month = t.m
     and bit_count(m.held::bit(32)) = (
       select count(*) from contor.day_block b
        where b.metering_point_id = t.p and b.day >= t.m and b.day < t.m + interval '1 month' and b.version > 0
          and (m.held >> (b.day - t.m)) & 1 = 1
          and b.import_wh = m.import_wh[b.day - t.m + 1] and b.export_wh = coalesce(m.export_wh[b.day - t.m + 1], 0)
          and b.present = coalesce(m.present[b.day - t.m + 1], b.slots));
  get diagnostics gone = row_count;
  return gone;
end $$;
revoke all on function contor.drop_folded(bigint[], date[]), contor.drop_unfolded(bigint[], date[]) from public;
grant execute on function contor.drop_folded(bigint[], date[]), contor.drop_unfolded(bigint[], date[]) to contor_app;

insert into contor.legal_figure (name, unit, least, most, title_ro, title_en) values
  ('compaction.settled.days', 'days', 0, 366, 'Zile fără schimbare după care o lună se strânge', 'Days without a change after which a month is folded');
insert into contor.legal_rule (name, valid_from, value, source, actor, reason) values
  ('compaction.settled.days', '2018-10-12', 45, 'practice: the month after and its bill are over', 'system:shipped', 'shipped with the product');

-- Folding takes a gate for itself; whoever is to write days shares it for the rest of its transaction, so that no day
-- turns up in a month block behind its back. Neighbouring points share a gate: there are few to take.
create function contor.month_gate(point bigint) returns integer language sql immutable
set search_path = pg_catalog, pg_temp as $$ select ((point >> 8) & 63)::integer $$;

-- Shares the gate of a point, then says whether a month block stands in one of the months.
create function contor.hold_months(point bigint, months date[]) returns boolean language plpgsql volatile
set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_advisory_xact_lock_shared(28015, contor.month_gate(point));
  return exists (select 1 from contor.month_block m where m.metering_point_id = point and m.month = any(months));
end $$;

-- Shares the gates of many points, then says whether one of them has a month block in one of the months.
create function contor.hold_points(points bigint[], months date[]) returns boolean language plpgsql volatile
set search_path = pg_catalog, pg_temp as $$
declare gate integer;
begin
  for gate in select distinct contor.month_gate(p) from unnest(points) as p order by 1 loop
    perform pg_advisory_xact_lock_shared(28015, gate);
  end loop;
  return exists (select 1 from contor.month_block m where m.metering_point_id = any(points) and m.month = any(months));
end $$;

-- Takes the gate of a point alone, or not at all: writers are not to wait for a folding that waits.
create function contor.try_fold(point bigint) returns boolean language sql volatile
set search_path = pg_catalog, pg_temp as $$ select pg_try_advisory_xact_lock(28015, contor.month_gate(point)) $$;
