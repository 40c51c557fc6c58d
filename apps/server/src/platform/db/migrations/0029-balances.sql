-- What a balance can tell: how well its meters measure, what lines and transformers take by themselves, and what is
-- left of a loss after that. Figures of standards and of law are dated rows with their source.

-- Limits of the relative error that a class allows, 1/10000 of the energy. Small, read by the jobs of balances:
-- local on a cluster.
create table contor.accuracy_class (
  device      text    not null check (device in ('meter', 'ct', 'vt')),
  class       text    not null,
  valid_from  date    not null,
  limit_bp    integer not null check (limit_bp between 1 and 1000),
  source      text    not null,
  primary key (device, class, valid_from)
);
insert into contor.accuracy_class (device, class, valid_from, limit_bp, source) values
  ('meter', 'A',    '2000-01-01', 200, 'EN 50470-2 and EN 50470-3, class A: 2 %'),
  ('meter', 'B',    '2000-01-01', 100, 'EN 50470-2 and EN 50470-3, class B: 1 %'),
  ('meter', 'C',    '2000-01-01',  50, 'EN 50470-3, class C: 0.5 %'),
  ('meter', '2',    '2000-01-01', 200, 'EN 62053-21, class 2: 2 %'),
  ('meter', '1',    '2000-01-01', 100, 'EN 62053-21, class 1: 1 %'),
  ('meter', '0.5S', '2000-01-01',  50, 'EN 62053-22, class 0,5 S: 0.5 %'),
  ('meter', '0.2S', '2000-01-01',  20, 'EN 62053-22, class 0,2 S: 0.2 %'),
  ('ct',    '1',    '2000-01-01', 100, 'EN 61869-2, class 1: ratio error 1 % at rated current'),
  ('ct',    '0.5',  '2000-01-01',  50, 'EN 61869-2, class 0,5: ratio error 0.5 % at rated current'),
  ('ct',    '0.5S', '2000-01-01',  50, 'EN 61869-2, class 0,5 S: ratio error 0.5 % from 20 % of rated current'),
  ('ct',    '0.2',  '2000-01-01',  20, 'EN 61869-2, class 0,2: ratio error 0.2 % at rated current'),
  ('ct',    '0.2S', '2000-01-01',  20, 'EN 61869-2, class 0,2 S: ratio error 0.2 % from 20 % of rated current'),
  ('vt',    '1',    '2000-01-01', 100, 'EN 61869-3, class 1,0: voltage error 1 %'),
  ('vt',    '0.5',  '2000-01-01',  50, 'EN 61869-3, class 0,5: voltage error 0.5 %'),
  ('vt',    '0.2',  '2000-01-01',  20, 'EN 61869-3, class 0,2: voltage error 0.2 %');

-- What is taken for a meter whose class nobody recorded: the row of its model, else the one of all models ('*').
create table contor.accuracy_default (
  model       text not null,
  kind        text not null check (kind in ('*', 'household', 'business', 'public', 'balance')),
  valid_from  date not null,
  meter_class text not null,
  ct_class    text not null,
  vt_class    text not null,
  source      text not null,
  primary key (model, kind, valid_from)
);
insert into contor.accuracy_default (model, kind, valid_from, meter_class, ct_class, vt_class, source) values
  ('*', 'household', '2000-01-01', 'A', '0.5', '0.5', 'Directive 2014/32/EU, annex V (MI-003), putting into use: class A is the least for residential use'),
  ('*', 'business',  '2000-01-01', 'B', '0.5', '0.5', 'Directive 2014/32/EU, annex V (MI-003), putting into use: class B is the least for commercial and light industrial use'),
  ('*', '*',         '2000-01-01', 'B', '0.5', '0.5', 'practice: class B with transformers of class 0,5');

-- What the certificate of a meter and of its instrument transformers says, from a day on. It goes before the class
-- of the installation's record.
create table contor.meter_accuracy (
  metering_point_id  bigint      not null,
  meter_id           bigint      not null,
  valid_from         date        not null,
  revision           integer     not null default 1,
  meter_class        text        not null,
  ct_class           text,                          -- null: connected directly
  vt_class           text,
  source             text        not null,          -- number of the certificate or of the record
  actor              text        not null,
  reason             text        not null,
  recorded_at        timestamptz not null default now(),
  primary key (metering_point_id, meter_id, valid_from, revision),
  foreign key (metering_point_id, meter_id) references contor.meter
);

-- Losses of transformers by rated power, W.
create table contor.transformer_class (
  class        text    not null,
  rated_kva    integer not null,
  no_load_w    integer not null check (no_load_w > 0),
  load_w       integer not null check (load_w > 0),
  source       text    not null,
  primary key (class, rated_kva)
);
insert into contor.transformer_class (class, rated_kva, no_load_w, load_w, source)
select 'eu548-tier1', kva, p0, pk, 'Regulation (EU) 548/2014, annex I, table I.1, tier 1 (from 1 July 2015): greatest losses of liquid-immersed transformers'
  from (values (25, 70, 900), (50, 90, 1100), (100, 145, 1750), (160, 210, 2350), (250, 300, 3250), (315, 360, 3900),
               (400, 430, 4600), (500, 510, 5500), (630, 600, 6500), (800, 650, 8400), (1000, 770, 10500),
               (1250, 950, 11000), (1600, 1200, 14000), (2000, 1450, 18000), (2500, 1750, 22000), (3150, 2200, 27500)) as t (kva, p0, pk)
union all
select 'eu548-tier2', kva, p0, pk, 'Regulation (EU) 548/2014, annex I, table I.1, tier 2 (from 1 July 2021): greatest losses of liquid-immersed transformers'
  from (values (25, 63, 600), (50, 81, 750), (100, 130, 1250), (160, 189, 1750), (250, 270, 2350), (315, 324, 2800),
               (400, 387, 3250), (500, 459, 3900), (630, 540, 4600), (800, 585, 6000), (1000, 693, 7600),
               (1250, 855, 9500), (1600, 1080, 12000), (2000, 1305, 15000), (2500, 1575, 18500), (3150, 1980, 23000)) as t (kva, p0, pk);

-- How a station is measured and what its transformer takes, from a day on; the highest revision of a day counts.
create table contor.station_metering (
  station_id         bigint      not null references contor.station,
  valid_from         date        not null,
  revision           integer     not null default 1,
  side               text        not null check (side in ('lv', 'mv')),   -- of the transformer, where the balance meter stands
  transformer_class  text,                          -- figures by rated power; or those of the plate:
  no_load_w          integer     check (no_load_w > 0),
  load_w             integer     check (load_w > 0),
  transformer_bp     integer     not null default 1000 check (transformer_bp between 0 and 10000),
                                                    -- how far its losses may be from the figures, 1/10000
  power_factor_bp    integer     not null default 9000 check (power_factor_bp between 1000 and 10000),
                                                    -- where the balance meter counts no reactive energy
  own_use_w          integer     not null default 0 check (own_use_w >= 0),
                                                    -- what meters and the station itself take, unmetered
  source             text        not null,
  actor              text        not null,
  reason             text        not null,
  recorded_at        timestamptz not null default now(),
  primary key (station_id, valid_from, revision),
  check ((no_load_w is null) = (load_w is null))
);

-- What the lines of a station, or of one feeder, take: k · Σ E², E the energy of a quarter-hour in Wh.
create table contor.station_line_loss (
  station_id   bigint      not null references contor.station,
  feeder       text        not null default '',     -- '': all lines of the station
  valid_from   date        not null,
  revision     integer     not null default 1,
  k_per_twh    bigint      not null check (k_per_twh >= 0),           -- 10⁻¹² per Wh
  k_error      bigint      not null check (k_error >= 0),             -- its standard error
  origin       text        not null check (origin in ('fit', 'calculated', 'practice')),
  source       text        not null,
  actor        text        not null,
  reason       text        not null,
  recorded_at  timestamptz not null default now(),
  primary key (station_id, feeder, valid_from, revision)
);

-- The balance of a station (feeder '') or of a feeder on a civil day, with what it is worth. Computed again whenever
-- one of its readings changes.
create table contor.balance_day (
  station_id       bigint  not null references contor.station,
  feeder           text    not null default '',
  day              date    not null,
  supplied_wh      bigint  not null,
  returned_wh      bigint  not null,
  consumed_wh      bigint  not null,
  produced_wh      bigint  not null,
  points_expected  integer not null,
  points_present   integer not null,
  complete         boolean not null,
  metered          boolean not null,                -- a balance meter stands at its head
  missing_wh       bigint  not null,                -- what the missing quarter-hours likely add to the loss
  unknown_points   integer not null,                -- with missing quarter-hours and no history to expect them from
  transformer_wh   bigint,                          -- null: nobody said how the station is measured
  line_wh          bigint,                          -- null: no k
  own_use_wh       bigint,
  -- Standard uncertainties, Wh. Of one day; the first four hold for all days together.
  u_balance        double precision not null,       -- the balance meter
  u_points         double precision not null,       -- all other meters
  u_transformer    double precision not null,
  u_line           double precision not null,
  u_estimated      double precision not null,
  u_missing        double precision not null,
  u_clock          double precision not null,
  -- Sums over complete, measured quarter-hours for the fit of k: x = E² in kWh², y = loss less transformer in Wh.
  fit_n            integer not null,
  fit_x            double precision not null,
  fit_y            double precision not null,
  fit_xx           double precision not null,
  fit_xy           double precision not null,
  computed_at      timestamptz not null default now(),
  primary key (station_id, feeder, day)
);
create index balance_day_day on contor.balance_day (day, station_id) where feeder = '';

do $$
declare t text;
begin
  execute 'alter table contor.meter_accuracy enable row level security';
  execute 'create policy seen on contor.meter_accuracy using ((select coalesce(current_setting(''contor.scope'', true) = ''all'', false)) or metering_point_id in (select contor.seen_points())) with check ((select coalesce(current_setting(''contor.scope'', true) = ''all'', false)))';
  foreach t in array array['accuracy_class', 'accuracy_default', 'transformer_class', 'station_metering', 'station_line_loss', 'balance_day'] loop
    execute format('alter table contor.%I enable row level security', t);
    execute format('create policy seen on contor.%I using ((select coalesce(current_setting(''contor.scope'', true) = ''all'', false)))', t);
  end loop;
end $$;
grant select, insert on contor.meter_accuracy, contor.station_metering, contor.station_line_loss to contor_app;
grant select on contor.accuracy_class, contor.accuracy_default, contor.transformer_class to contor_app;
grant select, insert, update, delete on contor.balance_day to contor_app;

insert into contor.legal_figure (name, unit, least, most, title_ro, title_en) values
  ('balance.coverage', 'times', 1, 5, 'Factorul de extindere al incertitudinii unei balanțe', 'Coverage factor of the uncertainty of a balance'),
  ('balance.history.days', 'days', 3, 90, 'Zilele din urmă după care se așteaptă energia care lipsește', 'Days back that missing energy is expected from'),
  ('balance.history.fewest', 'days', 2, 90, 'Cele mai puține zile din care se poate aștepta ceva', 'Fewest days that anything can be expected from'),
  ('balance.estimate.percent', 'percent', 0, 100, 'Încrederea într-o estimare fără încredere notată', 'Confidence of an estimate that has none on record'),
  ('balance.clock.seconds', 'seconds', 0, 900, 'Abaterea ceasului luată pentru un contor care o semnalează fără măsură', 'Clock deviation taken for a meter that flags one without its size');
insert into contor.legal_rule (name, valid_from, value, source, actor, reason)
select name, '2000-01-01', value, source, 'system:shipped', 'shipped with the product' from (values
  ('balance.coverage', 2, 'JCGM 100:2008 (GUM), 6.3.3: k = 2, about 95 %'),
  ('balance.history.days', 28, 'practice: four weeks hold each day of the week four times'),
  ('balance.history.fewest', 3, 'practice: two values have no spread that means anything'),
  ('balance.estimate.percent', 50, 'practice: half of the energy is in doubt'),
  ('balance.clock.seconds', 180, 'practice: a meter flags its clock before it is three minutes off')
) as shipped (name, value, source);

-- Balances that were computed before are computed again, with what they are worth.
insert into contor.station_day_stale (metering_point_id, station_id, day)
select c.point, d.station_id, d.day from contor.station_day d
  join (select station_id, min(metering_point_id) as point from contor.point_code group by station_id) c on c.station_id = d.station_id;
