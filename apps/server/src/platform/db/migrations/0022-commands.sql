-- What leaves for a meter's relay, and the guard in front of it.
-- A command is written signed; the process that speaks to the meter holds only the key that proves signatures, so a
-- row that somebody writes here by other means is refused at the door. A command is queued, then released (committed
-- before the first byte leaves: from here on its effect may exist), then has an outcome that was read back.

create table contor.relay_command (
  metering_point_id  bigint      not null,
  id                 uuid        not null,
  meter_id           bigint      not null,
  kind               text        not null check (kind in ('disconnect', 'reconnect', 'read-state', 'set-limiter')),
  parameters         jsonb       not null default '{}',
  order_id           uuid,
  requested_by       text        not null,          -- the person or system that caused it: budgets count by it
  approved_by        text,                          -- the second person
  supplier           text,
  urgent             boolean     not null default false,
  created_at         timestamptz not null,
  not_before         timestamptz not null,
  expires_at         timestamptz not null,
  signature          bytea       not null,          -- Ed25519 over the fields above (commands/command.ts)
  state              text        not null default 'queued'
                     check (state in ('queued', 'released', 'done', 'failed', 'cancelled', 'expired')),
  next_at            timestamptz not null default now(),
  contacts           integer     not null default 0, -- sessions begun in vain
  releases           integer     not null default 0, -- times that the act may have left
  released_at        timestamptz,                    -- first time
  settles_at         timestamptz,                    -- before this the effect of the last release may still come
  held               text,                           -- what the guard said last
  cancel_requested_at timestamptz,
  cancel_requested_by text,
  outcome            text,                           -- 'confirmed', 'already', 'ready', 'not-acted', …
  error_code         text,
  error_text         text,
  finished_at        timestamptz,
  primary key (metering_point_id, id),
  foreign key (metering_point_id, meter_id) references contor.meter
);
create index relay_command_due on contor.relay_command (urgent desc, next_at) where state in ('queued', 'released');
create index relay_command_meter on contor.relay_command (metering_point_id, meter_id, created_at);
create index relay_command_id on contor.relay_command (id);
create index relay_command_finished on contor.relay_command (finished_at) where order_id is not null;

create table contor.command_step (                  -- evidence, in the order in which it came
  metering_point_id  bigint      not null,
  command_id         uuid        not null,
  seq                integer     not null,
  at                 timestamptz not null default clock_timestamp(),
  step               text        not null,          -- 'state', 'released', 'held', 'acted', 'read-back', 'unknown', …
  details            jsonb       not null default '{}',
  exchange_id        bigint,                        -- the frames that prove it
  primary key (metering_point_id, command_id, seq),
  foreign key (metering_point_id, command_id) references contor.relay_command
);

-- The guard counts what it let through; nobody takes a line out again. Few rows: one for each disconnection.
create table contor.guard_release (
  id                 bigint generated always as identity primary key,
  at                 timestamptz not null default clock_timestamp(),
  command_id         uuid        not null unique,
  point_id           bigint      not null,
  station_id         bigint      not null,
  feeder             text,
  supplier           text,
  person             text        not null,
  power_w            integer     not null
);
create index guard_release_at on contor.guard_release (at);

-- Limits and what persons decide about the guard. Rows that loosen it carry a signature; tightening needs none.
create table contor.guard_limit (
  scope              text        not null check (scope in ('all', 'station', 'feeder', 'person', 'supplier', 'rate')),
  window_s           integer     not null check (window_s between 60 and 31622400),
  max_count          integer     not null check (max_count >= 0),   -- always allowed, however small the place
  max_share          double precision not null check (max_share between 0 and 1), -- of its customers
  max_power_share    double precision not null check (max_power_share between 0 and 1), -- of its approved power
  factor             double precision,               -- of scope 'rate': how many times the usual rate freezes
  set_at             timestamptz not null,
  set_by             text        not null,
  approved_by        text        not null,
  reason             text        not null,
  signature          bytea       not null,
  primary key (scope, window_s, set_at)
);
create table contor.guard_event (
  id                 bigint generated always as identity primary key,
  at                 timestamptz not null,
  kind               text        not null check (kind in ('stop', 'resume', 'freeze', 'thaw', 'break-glass', 'alarm')),
  actor              text        not null,
  approved_by        text,
  reason             text        not null,
  until              timestamptz,
  details            jsonb       not null default '{}',
  signature          bytea
);
create index guard_event_at on contor.guard_event (id desc);

create table contor.guard_proposal (                -- what one person wants opened and another has to confirm
  id                 bigint generated always as identity primary key,
  at                 timestamptz not null default clock_timestamp(),
  kind               text        not null check (kind in ('resume', 'thaw', 'limit')),
  change             jsonb,
  proposed_by        text        not null,
  reason             text        not null,
  state              text        not null default 'open' check (state in ('open', 'confirmed', 'withdrawn')),
  decided_by         text,
  decided_at         timestamptz
);

do $$
declare t text;
declare all_only text := '(select coalesce(current_setting(''contor.scope'', true) = ''all'', false))';
begin
  foreach t in array array['relay_command', 'command_step'] loop
    execute format('alter table contor.%I enable row level security', t);
    execute format('create policy seen on contor.%I using (%s or metering_point_id in (select contor.seen_points())) with check (%s)', t, all_only, all_only);
  end loop;
  foreach t in array array['guard_release', 'guard_limit', 'guard_event', 'guard_proposal'] loop
    execute format('alter table contor.%I enable row level security', t);
    execute format('create policy seen on contor.%I using (%s)', t, all_only);
  end loop;
end $$;
grant select, insert, update on contor.relay_command to contor_app;
grant select, insert, update on contor.guard_proposal to contor_app;
grant select, insert on contor.command_step, contor.guard_release, contor.guard_limit, contor.guard_event to contor_app;

alter table contor.session drop constraint session_purpose_check;
alter table contor.session add constraint session_purpose_check
  check (purpose in ('commission', 'collect', 'recover', 'on-demand', 'command'));

-- The crew on site: sees every point, records what was done.
alter table contor.auth_user drop constraint auth_user_role_check;
alter table contor.auth_user add constraint auth_user_role_check
  check (role in ('operator', 'analyst', 'supplier', 'customer', 'crew', 'admin'));
alter table contor.api_token drop constraint api_token_role_check;
alter table contor.api_token add constraint api_token_role_check
  check (role in ('operator', 'analyst', 'supplier', 'customer', 'crew', 'admin', 'third-party'));
