-- Values that stand in for missing ones: how they are made, by which calendar, and what persons change.

-- Ways of estimating, first to last, for a group of points. The version whose `applies_to` names most things wins,
-- then the newest. Keys: segment (kind of the point), modelId (meter model), readingMode, stationId.
create table contor.estimation_order (
  version     integer     primary key,
  applies_to  jsonb       not null default '{}',
  ways        jsonb       not null,                 -- [{method, confidence: {scaled, unscaled}, …}]
  parameters  jsonb       not null,                 -- {toleranceWh, capacityWh: Wh | null}
  valid_from  timestamptz not null default now(),
  decided_by  text        not null default 'system:shipped',
  reason      text        not null default 'shipped with the product'
);
insert into contor.estimation_order (version, ways, parameters, valid_from) values (1, '[
  {"method": "outage",  "confidence": {"scaled": 0.98, "unscaled": 0.95}},
  {"method": "linear",  "confidence": {"scaled": 0.95, "unscaled": 0.85}, "mostSlots": 4},
  {"method": "history", "confidence": {"scaled": 0.9,  "unscaled": 0.6},  "days": 4, "fewestDays": 2},
  {"method": "peers",   "confidence": {"scaled": 0.8,  "unscaled": 0.5},  "fewestPeers": 3},
  {"method": "station", "confidence": {"scaled": 0.8,  "unscaled": 0.5}},
  {"method": "profile", "confidence": {"scaled": 0.7,  "unscaled": 0.3}},
  {"method": "flat",    "confidence": {"scaled": 0.5,  "unscaled": 0}}
]', '{"toleranceWh": 2, "capacityWh": 4294967296}', '2000-01-01');

-- Which tariff register counts when.
create table contor.tariff_calendar (
  name        text     not null,
  version     integer  not null,
  applies_to  jsonb    not null default '{}',
  periods     jsonb    not null,                    -- [{tariff, days, fromQuarter, toQuarter, months?}], the first that fits counts
  valid_from  date     not null,
  source      text     not null,
  primary key (name, version)
);
insert into contor.tariff_calendar (name, version, applies_to, valid_from, source, periods) values
  ('contor-neighbourhood', 1, '{"modelId": "contor-neighbourhood"}', '2000-01-01', 'activity calendar of meter model contor-neighbourhood', '[
  {"tariff": 3, "days": [], "fromQuarter": 92, "toQuarter": 28},
  {"tariff": 4, "days": [0, 6], "fromQuarter": 0, "toQuarter": 0},
  {"tariff": 1, "days": [], "fromQuarter": 28, "toQuarter": 40},
  {"tariff": 1, "days": [], "fromQuarter": 68, "toQuarter": 84},
  {"tariff": 2, "days": [], "fromQuarter": 0, "toQuarter": 0}
]');

-- Changes by persons, and recalculations of faulty metering.
create table contor.edit (
  metering_point_id  bigint      not null,
  id                 bigint      generated always as identity,
  kind               text        not null check (kind in ('edit', 'undo', 'recalculation')),
  author             text        not null,
  at                 timestamptz not null default now(),
  reason             text        not null check (length(btrim(reason)) > 0),
  channel            text        not null,
  from_at            timestamptz not null,
  to_at              timestamptz not null,
  operation          jsonb       not null,
  billed             boolean     not null,
  state              text        not null check (state in ('pending', 'applied', 'refused', 'undone')),
  undoes             bigint,
  decided_by         text,
  decided_at         timestamptz,
  report             jsonb,                         -- of a recalculation
  primary key (metering_point_id, id),
  constraint second_person check (decided_by is null or decided_by <> author),
  constraint approved check (state <> 'applied' or decided_by is not null or (not billed and kind <> 'recalculation'))
);
create index edit_id on contor.edit (id);
create index edit_pending on contor.edit (at) where state = 'pending';

create table contor.edit_day (                      -- both values of every slot that an edit changes
  metering_point_id  bigint not null,
  edit_id            bigint not null,
  day                date   not null,
  changes            jsonb  not null,               -- [{fromSlot, before: [[Wh, quality]], after: [[Wh, quality]]}]
  primary key (metering_point_id, edit_id, day)
);

create table contor.estimation_progress (           -- one row: what has been looked at for spreading again
  one        boolean     primary key default true check (one),
  looked_at  timestamptz not null
);
insert into contor.estimation_progress (looked_at) values ('2000-01-01');

-- A gap that nobody can recover and for which values stand in keeps its cause and says how they were made.
alter table contor.gap drop constraint gap_state_check;
alter table contor.gap add constraint gap_state_check check (state in ('open', 'recovered', 'lost', 'estimated'));
alter table contor.gap add column estimate jsonb;   -- {method, confidence, version, at}
drop index contor.gap_standing;
create index gap_standing on contor.gap (day, metering_point_id) include (count) where state in ('open', 'lost');
create index gap_lost on contor.gap (metering_point_id, day) where state = 'lost';
create index day_block_estimated on contor.day_block (metering_point_id, day) where estimated > 0;

do $$
declare t text;
begin
  foreach t in array array['edit', 'edit_day'] loop
    execute format('alter table contor.%I enable row level security', t);
    execute format('create policy seen on contor.%I using ((select coalesce(current_setting(''contor.scope'', true) = ''all'', false)) or metering_point_id in (select contor.seen_points())) with check ((select coalesce(current_setting(''contor.scope'', true) = ''all'', false)))', t);
  end loop;
  foreach t in array array['estimation_order', 'tariff_calendar', 'estimation_progress'] loop
    execute format('alter table contor.%I enable row level security', t);
    execute format('create policy seen on contor.%I using ((select coalesce(current_setting(''contor.scope'', true) = ''all'', false)))', t);
  end loop;
end $$;
grant select, insert on contor.estimation_order, contor.tariff_calendar, contor.edit, contor.edit_day to contor_app;
grant update (state, decided_by, decided_at) on contor.edit to contor_app;
grant select, update on contor.estimation_progress to contor_app;
grant usage, select on all sequences in schema contor to contor_app;
