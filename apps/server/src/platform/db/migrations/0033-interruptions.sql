-- Interruptions of supply that somebody knows of: planned ones with their announcement, accidental ones, and those that a
-- user with a fault in his installation asks for. What a meter tells by itself stands in its events.
create table contor.interruption (                  -- local
  id                 uuid        primary key,
  number             text        not null unique,   -- 'INT-2026-000001'
  kind               text        not null check (kind in ('planned', 'accidental', 'requested')),
  state              text        not null check (state in ('announced', 'requested', 'ongoing', 'ended', 'cancelled')),
  station_id         bigint,
  feeder             text,
  starts_at          timestamptz not null,          -- as announced
  ends_at            timestamptz not null,
  reason             text        not null,
  separation         text,                          -- how and where the installation is visibly separated ('requested')
  started_at         timestamptz,                   -- as it was
  ended_at           timestamptz,
  created_by         text        not null,
  created_at         timestamptz not null,
  check (starts_at < ends_at),
  check (kind <> 'requested' or state not in ('ongoing', 'ended') or separation is not null)
);
create index interruption_starts on contor.interruption (starts_at);
create sequence contor.interruption_number;
create table contor.interruption_event (            -- local; added, never changed
  interruption_id    uuid        not null references contor.interruption,
  seq                integer     not null,
  at                 timestamptz not null,
  event              text        not null,
  actor              text        not null,
  details            jsonb       not null default '{}',
  primary key (interruption_id, seq)
);
-- Who is without supply, and from when until when it is certain that he was. No foreign key to the local table.
create table contor.interruption_point (
  metering_point_id  bigint      not null references contor.metering_point,
  interruption_id    uuid        not null,
  number             text        not null,
  off_from           timestamptz,
  off_to             timestamptz,
  primary key (metering_point_id, interruption_id)
);
create index interruption_point_of on contor.interruption_point (interruption_id);

do $$
declare t text;
declare all_only text := '(select coalesce(current_setting(''contor.scope'', true) = ''all'', false))';
begin
  execute 'alter table contor.interruption_point enable row level security';
  execute format('create policy seen on contor.interruption_point using (%s or metering_point_id in (select contor.seen_points())) with check (%s)', all_only, all_only);
  foreach t in array array['interruption', 'interruption_event'] loop
    execute format('alter table contor.%I enable row level security', t);
    execute format('create policy seen on contor.%I using (%s) with check (%s)', t, all_only, all_only);
  end loop;
end $$;
grant select, insert on contor.interruption, contor.interruption_event, contor.interruption_point to contor_app;
grant update (state, starts_at, ends_at, started_at, ended_at, separation) on contor.interruption to contor_app;
grant update (off_from, off_to) on contor.interruption_point to contor_app;
grant usage on sequence contor.interruption_number to contor_app;

insert into contor.legal_figure (name, unit, least, most, title_ro, title_en) values
  ('interruption.notice.days', 'working-days', 1, 30, 'Anunțarea unei întreruperi planificate', 'Announcement of a planned interruption'),
  ('interruption.longest.hours', 'hours', 1, 72, 'Cea mai lungă întrerupere planificată', 'Longest planned interruption');
insert into contor.legal_rule (name, valid_from, value, source, actor, reason)
select name, '1999-03-30'::date, value, source, 'system:shipped', 'shipped with the product' from (values
  ('interruption.notice.days', 3, 'Gazette 129/1999: at least 3 working days (household art. 3, small and large consumers, duties of the supplier g)); ANRE 90/2015, annex 2, 1 g): as the performance standard says'),
  ('interruption.longest.hours', 24, 'practice: a longer work is announced in parts')
) as shipped (name, value, source);
