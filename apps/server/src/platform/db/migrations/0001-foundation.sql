-- Foundation: network, acquisition, readings, losses, access.
-- Every table that tells something of a metering point carries metering_point_id, so that one
-- row-level rule covers them all and so that a cluster can distribute them by that column.
-- Two roles: the owner migrates; contor_app (no superuser, no bypassrls) runs every query.

create schema if not exists contor;

-- ── who may see what ─────────────────────────────────────────────────────────────────────────
-- The application sets, per transaction: contor.scope ('all' | 'granted') and contor.subject.
-- Nothing set = nothing seen.
create table contor.access_grant (
  subject            text        not null,          -- 'supplier:EVA', 'customer:17', 'token:42'
  metering_point_id  bigint      not null,
  valid_from         timestamptz not null default now(),
  valid_to           timestamptz,
  primary key (subject, metering_point_id)
);

-- The points of the current subject. Policies ask `x in (select contor.seen_points())`: PostgreSQL runs it
-- once per query as a hashed subplan, where a function of the row would run once per row.
create function contor.seen_points() returns setof bigint language sql stable as $$
  select g.metering_point_id from contor.access_grant g
   where g.subject = current_setting('contor.subject', true)
     and g.valid_from <= now() and (g.valid_to is null or g.valid_to > now())
$$;

-- The same question of one point, for checks and functions; policies of large tables ask as above.
create function contor.may_see(point bigint) returns boolean language sql stable as $$
  select coalesce(current_setting('contor.scope', true) = 'all', false)
      or point in (select contor.seen_points())
$$;

-- ── network ──────────────────────────────────────────────────────────────────────────────────
create function contor.fold(original text) returns text language sql immutable parallel safe as $$
  select translate(lower(original), 'ăâîșşțţĂÂÎȘŞȚŢáéíóöőúüűÁÉÍÓÖŐÚÜŰ', 'aaissttaaissttaeiooouuuaeiooouuu')
$$;

create table contor.station (
  id         bigint generated always as identity primary key,
  code       text not null unique,
  name       text not null,
  zone       text not null,
  rated_kva  integer not null check (rated_kva > 0),
  latitude   double precision,
  longitude  double precision
);

create table contor.line (                          -- a communication line that sessions share
  id            bigint generated always as identity primary key,
  code          text not null unique,
  kind          text not null check (kind in ('plc', 'gsm', 'ethernet')),
  station_id    bigint not null references contor.station,
  max_sessions  integer not null check (max_sessions > 0)
);

create table contor.metering_point (
  id                bigint generated always as identity primary key,
  pod               text not null unique,           -- point of delivery code
  name              text not null,
  address           text not null,
  kind              text not null check (kind in ('household', 'business', 'public', 'balance')),
  prosumer          boolean not null default false,
  phases            smallint not null check (phases in (1, 3)),
  approved_power_w  integer not null check (approved_power_w > 0),   -- putere avizată, from the ATR
  station_id        bigint not null references contor.station,
  feeder            text,
  supplier          text,
  customer          text,
  reading_mode      text not null check (reading_mode in ('smart', 'amr', 'manual')),
  -- lower case without diacritics, the same under every locale of the database
  search            text generated always as
    (contor.fold(pod || ' ' || name || ' ' || address)) stored
);
create index metering_point_station on contor.metering_point (station_id, id);

create table contor.meter (
  id                 bigint generated always as identity primary key,
  metering_point_id  bigint not null references contor.metering_point,
  serial             text not null unique,
  system_title       bytea not null check (length(system_title) = 8),
  manufacturer       text not null,                 -- FLAG id
  model              text not null,
  line_id            bigint not null references contor.line,
  host               text not null,
  port               integer not null check (port between 1 and 65535),
  client_address     integer not null default 1,
  server_address     integer not null default 1,
  state              text not null default 'installed'
                     check (state in ('installed', 'commissioned', 'refused', 'retired')),
  firmware           text,
  relay_output       boolean,                       -- output_state of class 70
  relay_control      smallint,                      -- control_state of class 70: 0 disconnected, 1 connected, 2 ready
  limiter_threshold_w integer,
  clock_deviation_s  double precision,              -- meter minus server, seconds
  clock_checked_at   timestamptz,
  commissioned_at    timestamptz,
  commissioning      jsonb,                         -- [{check, expected, found, ok}]
  profile_from       timestamptz,                   -- oldest interval end that the device still holds
  read_through       timestamptz,                   -- interval end up to which nothing is left to ask
  last_seen_at       timestamptz,
  installed_at       timestamptz not null default now(),
  removed_at         timestamptz
);
create index meter_point on contor.meter (metering_point_id);
create index meter_line on contor.meter (line_id);

create table contor.meter_key (                     -- keys never in clear at rest: wrapped by the installation's key
  meter_id           bigint not null references contor.meter,
  metering_point_id  bigint not null,
  kind               text not null check (kind in ('encryption', 'authentication', 'password')),
  version            integer not null default 1,
  wrapped            bytea not null,                -- nonce ‖ ciphertext ‖ tag, AES-256-GCM, aad = meter id and kind
  valid_from         timestamptz not null default now(),
  primary key (meter_id, kind, version)
);

create table contor.invocation_counter (            -- only rises; reserved before use
  meter_id           bigint primary key references contor.meter,
  metering_point_id  bigint not null,
  next               bigint not null default 1 check (next between 0 and 4294967296),
  server_floor       bigint not null default -1     -- highest counter accepted from the meter
);

-- ── acquisition ──────────────────────────────────────────────────────────────────────────────
create table contor.meter_task (                    -- what is due next for a meter, and who holds it
  meter_id           bigint primary key references contor.meter,
  metering_point_id  bigint not null,
  next_at            timestamptz not null default now(),
  deadline           timestamptz,                   -- oldest-deadline-first within what is due
  failures           integer not null default 0,    -- in a row
  last_error         text,
  leased_by          text,
  leased_until       timestamptz
);
create index meter_task_due on contor.meter_task (deadline nulls last, next_at);

create table contor.session (
  id                 bigint generated always as identity primary key,
  meter_id           bigint not null references contor.meter,
  metering_point_id  bigint not null,
  line_id            bigint not null,
  purpose            text not null check (purpose in ('commission', 'collect', 'recover', 'on-demand')),
  started_at         timestamptz not null default now(),
  ended_at           timestamptz,
  outcome            text check (outcome in ('ok', 'partial', 'failed', 'abandoned')),
  error_code         text,
  error_text         text,
  bytes_in           bigint not null default 0,
  bytes_out          bigint not null default 0,
  round_trips        integer not null default 0
);
create index session_meter on contor.session (meter_id, id desc);
create index session_running on contor.session (id) where ended_at is null;

-- One request and everything that answered it, byte for byte. Bounded: partitions by UTC day, dropped
-- after the retention time.
create sequence contor.exchange_id;
create table contor.exchange (
  id                 bigint not null default nextval('contor.exchange_id'),
  at                 timestamptz not null,
  meter_id           bigint not null,
  metering_point_id  bigint not null,
  session_id         bigint not null,
  purpose            text not null,                 -- 'load-profile', 'registers', 'clock', …
  key_version        integer,                       -- null: not ciphered
  frames             bytea not null,                -- packFrames(): direction, time, bytes of each wire frame
  primary key (id, at)
) partition by range (at);
create table contor.exchange_default partition of contor.exchange default;

create table contor.gap (                           -- the gap ledger
  id                 bigint generated always as identity primary key,
  metering_point_id  bigint not null references contor.metering_point,
  meter_id           bigint references contor.meter,
  day                date not null,
  from_slot          smallint not null check (from_slot between 0 and 99),
  count              smallint not null check (count between 1 and 100),
  cause              text not null check (cause in ('not-read-yet', 'unreachable', 'refused', 'bad-answer', 'not-in-meter', 'no-smart-meter')),
  owner              text not null default 'collector',
  deadline           timestamptz not null,
  attempts           integer not null default 0,
  last_attempt_at    timestamptz,
  state              text not null default 'open' check (state in ('open', 'recovered', 'lost')),
  opened_at          timestamptz not null default now(),
  closed_at          timestamptz,
  unique (metering_point_id, day, from_slot, opened_at)
);
create index gap_open on contor.gap (deadline, id) where state = 'open';
create index gap_point on contor.gap (metering_point_id, day);

create table contor.read_request (                  -- read now
  id                 bigint generated always as identity primary key,
  meter_id           bigint not null references contor.meter,
  metering_point_id  bigint not null,
  requested_by       text not null,
  requested_at       timestamptz not null default now(),
  items              text[] not null,
  state              text not null default 'queued' check (state in ('queued', 'running', 'done', 'failed')),
  error_text         text,
  finished_at        timestamptz
);
create index read_request_queued on contor.read_request (id) where state = 'queued';

create table contor.read_step (
  request_id         bigint not null references contor.read_request,
  seq                integer not null,
  metering_point_id  bigint not null,
  at                 timestamptz not null default now(),
  step               jsonb not null,                -- {kind, label, hex?, trace?, values?}
  primary key (request_id, seq)
);

-- ── readings ─────────────────────────────────────────────────────────────────────────────────
create table contor.day_block (                     -- all channels of a point and civil day
  metering_point_id  bigint not null,
  day                date not null,
  version            integer not null default 1,
  slots              smallint not null,             -- 92, 96 or 100
  present            smallint not null,             -- of channel A+: measured, estimated or edited
  estimated          smallint not null default 0,
  suspect            smallint not null default 0,
  import_wh          integer not null,
  export_wh          integer not null,
  payload            bytea not null,                -- encodeDayBlock()
  sources            bytea not null,                -- packSources(): slot runs → exchange id and row in it
  primary key (metering_point_id, day)
);
create index day_block_day on contor.day_block (day) include (slots, present, estimated);

create table contor.day_block_version (             -- what a changed block said before; never updated, never deleted
  metering_point_id  bigint not null,
  day                date not null,
  version            integer not null,
  payload            bytea not null,
  sources            bytea not null,
  superseded_at      timestamptz not null default now(),
  rule               text not null,
  rule_version       integer not null,
  actor              text not null,
  reason             text not null,
  primary key (metering_point_id, day, version)
);

create table contor.index_reading (
  metering_point_id  bigint not null,
  meter_id           bigint not null,
  obis               text not null,
  at                 timestamptz not null,
  kind               text not null check (kind in ('daily', 'instant')),
  value_wh           bigint not null check (value_wh >= 0),
  exchange_id        bigint not null,
  exchange_row       integer not null default 0,
  primary key (metering_point_id, obis, at, kind, meter_id)
);

create table contor.meter_event (
  metering_point_id  bigint not null,
  meter_id           bigint not null,
  log                text not null check (log in ('standard', 'fraud', 'relay')),
  at                 timestamptz not null,
  code               integer not null,
  exchange_id        bigint not null,
  exchange_row       integer not null default 0,
  primary key (metering_point_id, meter_id, log, at, code)
);

create table contor.validation_rule (               -- rules are data with versions
  rule        text not null,
  version     integer not null,
  parameters  jsonb not null,
  severity    text not null check (severity in ('info', 'warning', 'error')),
  valid_from  timestamptz not null default now(),
  primary key (rule, version)
);

create table contor.validation_exception (
  id                 bigint generated always as identity primary key,
  metering_point_id  bigint not null references contor.metering_point,
  meter_id           bigint,
  day                date not null,
  channel            text not null,
  rule               text not null,
  rule_version       integer not null,
  severity           text not null,
  from_slot          smallint,
  count              smallint,
  details            jsonb not null,
  status             text not null default 'open' check (status in ('open', 'resolved')),
  opened_at          timestamptz not null default now(),
  closed_at          timestamptz,
  foreign key (rule, rule_version) references contor.validation_rule (rule, version),
  unique (metering_point_id, day, channel, rule, from_slot)
);
create index validation_exception_open on contor.validation_exception (metering_point_id) where status = 'open';

-- ── losses ───────────────────────────────────────────────────────────────────────────────────
create table contor.station_day (                   -- energy balance of a station and civil day
  station_id       bigint not null references contor.station,
  day              date not null,
  supplied_wh      bigint not null,
  returned_wh      bigint not null,
  consumed_wh      bigint not null,
  produced_wh      bigint not null,
  points_expected  integer not null,
  points_present   integer not null,
  complete         boolean not null,
  computed_at      timestamptz not null default now(),
  primary key (station_id, day)
);
create table contor.station_day_stale (             -- days whose balance must be computed again
  station_id  bigint not null references contor.station,
  day         date not null,
  primary key (station_id, day)
);

-- ── access ───────────────────────────────────────────────────────────────────────────────────
create table contor.api_token (
  id                 bigint generated always as identity primary key,
  hash               bytea not null unique,         -- SHA-256 of the token; the token itself is shown once
  subject            text not null,
  role               text not null check (role in ('operator', 'analyst', 'supplier', 'customer', 'admin', 'third-party')),
  label              text not null,
  metering_point_id  bigint,
  created_by         text not null,
  created_at         timestamptz not null default now(),
  expires_at         timestamptz,
  revoked_at         timestamptz
);

create table contor.audit (                         -- append only
  id       bigint generated always as identity primary key,
  at       timestamptz not null default now(),
  actor    text not null,
  role     text not null,
  action   text not null,
  object   text not null,
  details  jsonb
);

-- ── row-level security ───────────────────────────────────────────────────────────────────────
do $$
declare
  t text;
  sees_all constant text := '(select coalesce(current_setting(''contor.scope'', true) = ''all'', false))';
begin
  execute 'alter table contor.metering_point enable row level security';
  execute format('create policy seen on contor.metering_point using (%s or id in (select contor.seen_points())) with check (%s)',
                 sees_all, sees_all);
  foreach t in array array['meter', 'session', 'exchange', 'gap', 'read_step', 'day_block', 'day_block_version',
                           'index_reading', 'meter_event', 'validation_exception'] loop
    execute format('alter table contor.%I enable row level security', t);
    execute format('create policy seen on contor.%I using (%s or metering_point_id in (select contor.seen_points())) with check (%s)',
                   t, sees_all, sees_all);
  end loop;
  -- whoever sees a point may ask for a reading of it
  execute 'alter table contor.read_request enable row level security';
  execute format('create policy seen on contor.read_request using (%s or metering_point_id in (select contor.seen_points()))', sees_all);
  -- keys, counters, networks, balances, tokens and audit are for those who see everything
  foreach t in array array['meter_key', 'invocation_counter', 'meter_task', 'line', 'station_day', 'station_day_stale',
                           'api_token', 'audit', 'access_grant'] loop
    execute format('alter table contor.%I enable row level security', t);
    execute format('create policy seen on contor.%I using (%s)', t, sees_all);
  end loop;
end $$;
-- seen_points() runs with the rights of its caller: a subject sees its own grants
create policy own on contor.access_grant for select using (subject = current_setting('contor.subject', true));
-- whoever acts may leave a trace of the own action, and read none
create policy append on contor.audit for insert with check (actor = current_setting('contor.subject', true));
-- a station is seen by whoever sees a point behind it
alter table contor.station enable row level security;
create policy seen on contor.station using (
  (select coalesce(current_setting('contor.scope', true) = 'all', false))
  or id in (select p.station_id from contor.metering_point p))
  with check ((select coalesce(current_setting('contor.scope', true) = 'all', false)));

grant usage on schema contor to contor_app;
grant select, insert, update, delete on all tables in schema contor to contor_app;
grant usage, select on all sequences in schema contor to contor_app;
revoke update, delete on contor.audit, contor.day_block_version from contor_app;
revoke delete on contor.day_block, contor.index_reading, contor.meter_event, contor.gap from contor_app;
-- Policies of exchange hold for queries through exchange; a partition of its own name is for the owner only.
revoke all on contor.exchange_default from contor_app;
