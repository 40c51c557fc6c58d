-- Approved power and the limiter of the meter that keeps it: what was approved when, what the meter holds, what
-- followed when it tripped or had been changed.

-- Approved power (putere avizată, ATR) by day of validity. Rows are sealed by the process that took them (commands/approvedPower.ts):
-- a threshold is programmed from a sealed row only, so that a figure written straight into the register darkens nobody.
create table contor.approved_power (
  metering_point_id  bigint      not null references contor.metering_point,
  valid_from         date        not null,
  revision           integer     not null,          -- the highest one of a day of validity counts
  watts              integer     not null check (watts > 0),
  atr                text,                          -- number of the connection permit; null: as the installation list says
  reason             text        not null,
  actor              text        not null,
  recorded_at        timestamptz not null,
  seal               bytea       not null,          -- Ed25519 over the fields above
  applied_at         timestamptz,                   -- when the register followed it
  primary key (metering_point_id, valid_from, revision)
);
create index approved_power_due on contor.approved_power (valid_from) where applied_at is null;

-- One row for each meter with a limiter: what a session saw last, and whether somebody has to look at it.
create table contor.limiter_watch (
  metering_point_id  bigint      not null,
  meter_id           bigint      not null,
  checked_at         timestamptz not null,
  threshold_w        integer     not null,
  over_s             integer,                       -- min_over_threshold_duration
  under_s            integer,                       -- min_under_threshold_duration
  watches            text,                          -- logical name of the monitored value
  exchange_id        bigint,                        -- the frames that prove it
  matched_at         timestamptz,                   -- when it last was as approved
  events_through     timestamptz,                   -- entries of the relay's log up to here are judged
  look               boolean     not null default true, -- sessions set it, the engine of cases clears it
  primary key (metering_point_id, meter_id),
  foreign key (metering_point_id, meter_id) references contor.meter
);
create index limiter_watch_look on contor.limiter_watch (checked_at) where look;

create table contor.power_case (
  metering_point_id  bigint      not null,
  id                 uuid        not null,
  meter_id           bigint      not null,
  -- over-power: the limiter opened the relay; threshold: not as approved; repeated: trips again and again;
  -- register: the register's approved power has no sealed row
  kind               text        not null check (kind in ('over-power', 'threshold', 'repeated', 'register')),
  state              text        not null default 'open' check (state in ('open', 'operator', 'closed')),
  opened_at          timestamptz not null,
  tripped_at         timestamptz,                   -- the meter's own time stamp
  load_w             integer,                       -- what tripped it
  load_source        text check (load_source in ('meter', 'profile')),
  threshold_w        integer,                       -- as found
  approved_w         integer     not null,
  told               text[]      not null default '{}', -- kinds of messages written
  command_id         uuid,                          -- under way for this case
  next_at            timestamptz,                   -- when the engine looks again; null: when something is seen
  closed_at          timestamptz,
  closed_by          text,                          -- 'customer', 'order', 'programmed', 'user:…', …
  primary key (metering_point_id, id),
  foreign key (metering_point_id, meter_id) references contor.meter
);
create unique index power_case_trip on contor.power_case (metering_point_id, meter_id, tripped_at) where kind = 'over-power';
create unique index power_case_open on contor.power_case (metering_point_id, meter_id, kind) where state <> 'closed' and kind <> 'over-power';
create index power_case_due on contor.power_case (next_at) where state <> 'closed';
create index power_case_opened on contor.power_case (opened_at desc, id);
create index power_case_id on contor.power_case (id);

create table contor.power_case_event (              -- added, never changed
  metering_point_id  bigint      not null,
  case_id            uuid        not null,
  seq                integer     not null,
  at                 timestamptz not null,
  event              text        not null,
  actor              text        not null,
  evidence           jsonb       not null default '{}',
  exchange_id        bigint,                        -- the frames that prove it
  primary key (metering_point_id, case_id, seq),
  foreign key (metering_point_id, case_id) references contor.power_case
);

-- Entries of a relay's log may tell the load and the threshold of their moment.
alter table contor.meter_event add column load_w integer, add column threshold_w integer;

-- Where a meter was told to send its events, what it sends, and which of its messages have been seen.
create table contor.meter_push (
  metering_point_id  bigint      not null,
  meter_id           bigint      not null,
  setup              text        not null,          -- logical name of the push setup, class 40
  destination        text        not null,          -- host:port
  objects            jsonb       not null,          -- push_object_list: [{classId, obis, attribute}]
  aimed_at           timestamptz not null,
  highest            bigint      not null default -1, -- invocation counter
  seen               bigint      not null default 0,  -- bit i: highest − i has been taken
  primary key (metering_point_id, meter_id),
  foreign key (metering_point_id, meter_id) references contor.meter
);
create index meter_system_title on contor.meter (system_title);

-- Messages that meters sent unasked: counted by the hour, senders that nobody knows included. Small and bounded
-- (push/accept.ts), written by the collector that listens: local on a cluster.
create table contor.push_count (
  hour               timestamptz not null,
  outcome            text        not null,          -- 'accepted', 'unknown-sender', 'forged', 'replayed', 'malformed', …
  remote             text        not null,          -- address, or 'other' beyond the bound
  system_title       text        not null,          -- as claimed; '' where none was told
  count              integer     not null,
  last_at            timestamptz not null,
  primary key (hour, outcome, remote, system_title)
);

do $$
declare t text;
declare all_only text := '(select coalesce(current_setting(''contor.scope'', true) = ''all'', false))';
begin
  foreach t in array array['approved_power', 'limiter_watch', 'power_case', 'power_case_event', 'meter_push'] loop
    execute format('alter table contor.%I enable row level security', t);
    execute format('create policy seen on contor.%I using (%s or metering_point_id in (select contor.seen_points())) with check (%s)', t, all_only, all_only);
  end loop;
  alter table contor.push_count enable row level security;
  execute format('create policy seen on contor.push_count using (%s)', all_only);
end $$;
grant select, insert on contor.approved_power, contor.power_case_event to contor_app;
grant update (applied_at) on contor.approved_power to contor_app;
grant select, insert, update on contor.limiter_watch, contor.power_case, contor.meter_push to contor_app;
grant select, insert, update, delete on contor.push_count to contor_app;

-- Sessions with a meter that spoke first.
alter table contor.session drop constraint session_purpose_check;
alter table contor.session add constraint session_purpose_check
  check (purpose in ('commission', 'collect', 'recover', 'on-demand', 'command', 'push'));

-- Figures of practice; the operator dates others.
alter table contor.legal_figure drop constraint legal_figure_unit_check;
alter table contor.legal_figure add constraint legal_figure_unit_check
  check (unit in ('days', 'months', 'working-days', 'hour', 'hours', 'minutes', 'seconds', 'times', 'percent', 'watts'));
insert into contor.legal_figure (name, unit, least, most, title_ro, title_en) values
  ('limiter.floor.percent', 'percent', 80, 100, 'Prag al limitatorului sub această parte din puterea avizată: tratat ca deconectare', 'Threshold below this part of the approved power: treated as a disconnection'),
  ('limiter.floor.days', 'days', 1, 365, 'Zile în care o putere avizată redusă se compară cu cea dinainte', 'Days in which a reduced approved power is compared with the one before'),
  ('limiter.least.watts', 'watts', 100, 10000, 'Cea mai mică putere avizată care se înregistrează', 'Least approved power that is recorded'),
  ('limiter.over.seconds', 'seconds', 1, 3600, 'Durata depășirii după care limitatorul deschide releul', 'Time above the threshold after which the limiter opens the relay'),
  ('limiter.under.seconds', 'seconds', 1, 3600, 'Durata sub prag', 'Time below the threshold'),
  ('limiter.programmings.week', 'times', 1, 50, 'Programări ale limitatorului într-o săptămână', 'Programmings of a limiter in a week'),
  ('trips.repeated.times', 'times', 2, 100, 'Declanșări de la care se propune un ATR nou', 'Trips from which another permit is proposed'),
  ('trips.repeated.days', 'days', 1, 365, 'Zilele în care se numără declanșările', 'Days in which trips are counted'),
  ('trips.remind.hours', 'hours', 1, 72, 'Ore după care clientul este reamintit', 'Hours after which the customer is reminded'),
  ('trips.call.hours', 'hours', 2, 240, 'Ore după care clientul este sunat', 'Hours after which the customer is called');
insert into contor.legal_rule (name, valid_from, value, source, actor, reason)
select name, '2018-10-12'::date, value, source, 'system:shipped', 'shipped with the product' from (values
  ('limiter.floor.percent', 100, 'practice: any threshold below the approved power takes supply away'),
  ('limiter.floor.days', 30, 'practice: a month in which a reduction by many is seen'),
  ('limiter.least.watts', 1000, 'practice: below 1 kW no household installation works'),
  ('limiter.over.seconds', 60, 'practice: starting currents of motors pass'),
  ('limiter.under.seconds', 30, 'practice'),
  ('limiter.programmings.week', 3, 'practice: a meter that loses its threshold again and again is looked at'),
  ('trips.repeated.times', 3, 'practice'),
  ('trips.repeated.days', 30, 'practice'),
  ('trips.remind.hours', 4, 'practice: as after a reconnection (IL 4.1.2)'),
  ('trips.call.hours', 24, 'practice: as after a reconnection (IL 4.1.2)')
) as shipped (name, value, source);
