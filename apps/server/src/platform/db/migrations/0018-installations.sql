-- What stood at a point and when: meters, their constants, the indexes of every record; points behind points; and
-- corrections between where energy is measured and where it is delivered.

-- One row per meter, constant and stretch of time. A new constant closes a row and opens the next one of the same meter.
create table contor.meter_installation (
  metering_point_id  bigint      not null,
  meter_id           bigint      not null,
  valid_from         timestamptz not null,
  valid_to           timestamptz,                   -- null: it stands there
  -- Nameplates of the instrument transformers, A and V; null: connected directly.
  ct_primary         integer check (ct_primary > 0),
  ct_secondary       integer check (ct_secondary > 0),
  vt_primary         integer check (vt_primary > 0),
  vt_secondary       integer check (vt_secondary > 0),
  -- What indexes and intervals of the meter are multiplied by; 1/1 for a meter that shows primary values.
  multiplier         bigint      not null default 1 check (multiplier > 0),
  multiplier_divisor bigint      not null default 1 check (multiplier_divisor > 0),
  digits             smallint check (digits between 3 and 15),     -- of the register before it begins again at 0
  unit_wh            integer check (unit_wh > 0),                  -- Wh of one unit of its last digit
  accuracy_class     text check (accuracy_class in ('A', 'B', 'C', '2', '1', '0.5S', '0.2S')),
  start_indexes      jsonb       not null default '{}',            -- {obis: Wh as the meter shows it}
  end_indexes        jsonb       not null default '{}',
  start_record       text,                          -- number of the record (proces-verbal)
  end_record         text,
  reason             text        not null,
  actor              text        not null,
  recorded_at        timestamptz not null default now(),
  primary key (metering_point_id, meter_id, valid_from),
  check (valid_to is null or valid_to > valid_from),
  check ((ct_primary is null) = (ct_secondary is null) and (vt_primary is null) = (vt_secondary is null))
);

-- A point whose energy another point counts too: a witness meter (contor martor), a sub-consumer, a reserve supply.
create table contor.point_relation (
  metering_point_id  bigint not null,               -- the point behind, beside or in reserve
  main_point_id      bigint not null,
  kind               text   not null check (kind in ('witness', 'sub-consumer', 'reserve-supply')),
  valid_from         date   not null,
  valid_to           date,                          -- its last day
  source             text   not null,               -- contract, technical approval
  actor              text   not null,
  recorded_at        timestamptz not null default now(),
  primary key (metering_point_id, main_point_id, kind, valid_from),
  check (metering_point_id <> main_point_id),
  check (valid_to is null or valid_to >= valid_from)
);

-- Energy that is added to, or taken from, what a meter counts because it doesn't stand where energy is delivered.
create table contor.metering_correction (
  metering_point_id  bigint not null,
  kind               text   not null check (kind in ('transformer-loss', 'line-loss')),
  valid_from         date   not null,
  valid_to           date,                          -- its last day
  -- {"sign": 1 | -1, "loadPpm": of the energy, "noLoadW": for every hour under voltage}
  parameters         jsonb  not null,
  source             text   not null,               -- contract and annex that fix them
  law                text   not null,
  actor              text   not null,
  reason             text   not null,
  recorded_at        timestamptz not null default now(),
  primary key (metering_point_id, kind, valid_from),
  check (valid_to is null or valid_to >= valid_from)
);

-- Currents of the phases as a session found them, mA.
create table contor.phase_current (
  metering_point_id  bigint      not null,
  meter_id           bigint      not null,
  at                 timestamptz not null,
  l1_ma              integer     not null,
  l2_ma              integer     not null,
  l3_ma              integer     not null,
  exchange_id        bigint      not null,
  primary key (metering_point_id, meter_id, at)
);

do $$
declare t text;
begin
  foreach t in array array['meter_installation', 'point_relation', 'metering_correction', 'phase_current'] loop
    execute format('alter table contor.%I enable row level security', t);
    execute format('create policy seen on contor.%I using ((select coalesce(current_setting(''contor.scope'', true) = ''all'', false)) or metering_point_id in (select contor.seen_points())) with check ((select coalesce(current_setting(''contor.scope'', true) = ''all'', false)))', t);
  end loop;
end $$;
grant select, insert, update on contor.meter_installation, contor.point_relation, contor.metering_correction to contor_app;
grant select, insert on contor.phase_current to contor_app;

insert into contor.validation_rule (rule, version, parameters, severity) values
  ('first-after-exchange', 1, '{"toleranceWh": 1000}', 'error'),
  ('tariff-sum', 1, '{"toleranceWh": 2}', 'warning'),
  ('overlap', 1, '{"toleranceS": 60}', 'warning'),
  ('peer-deviation', 1, '{"fewestPeers": 5, "factor": 8, "floorWh": 15000}', 'info'),
  ('phase-imbalance', 1, '{"percent": 90, "floorA": 20}', 'info'),
  ('station-balance', 1, '{"lowestPercent": -2, "highestPercent": 30}', 'warning'),
  ('witness-deviation', 1, '{"floorWh": 2000, "classPercent": [["A", 2], ["2", 2], ["B", 1], ["1", 1], ["C", 0.5], ["0.5S", 0.5], ["0.2S", 0.2]]}', 'error')
on conflict do nothing;
