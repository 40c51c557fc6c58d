-- Limitation of load in a shortage: lists of tranches (Normativ de limitare, NL, and the lists of disconnection DM, DASF,
-- DASU), runs of them, and what each limited meter has to hold meanwhile.

-- A list in versions; the newest approved one counts. Small, written on the coordinator: local on a cluster.
create table contor.tranche (
  code               text        not null check (code ~ '^[A-Z0-9][A-Z0-9-]{1,19}$'),
  version            integer     not null check (version >= 1),
  kind               text        not null check (kind in ('NL', 'DM', 'DASF', 'DASU')),
  number             integer     not null check (number between 1 and 99),
  title              text        not null,
  planned_w          bigint      not null check (planned_w > 0),   -- relief that it promises
  state              text        not null default 'proposed' check (state in ('proposed', 'approved', 'replaced', 'refused')),
  digest             bytea       not null,          -- SHA-256 of what was proposed, members included: what is approved is this
  reason             text        not null,
  proposed_by        text        not null,
  proposed_at        timestamptz not null default clock_timestamp(),
  decided_by         text,
  decided_at         timestamptz,
  primary key (code, version),
  check (decided_by is distinct from proposed_by or state <> 'approved')
);

-- Who is in a version (framework contract for large consumers, annex 7). No foreign key to the list: that one is local.
create table contor.tranche_member (
  metering_point_id  bigint      not null references contor.metering_point,
  code               text        not null,
  version            integer     not null,
  normal_w           integer     not null check (normal_w > 0),          -- mean contracted power
  reduce_w           integer     not null check (reduce_w > 0),          -- what is reduced
  technological_w    integer     not null check (technological_w >= 0),  -- minimum technological power
  safety_w           integer     not null check (safety_w >= 0),         -- minimum power for safety (de avarie)
  by                 text        not null check (by in ('hand', 'rule')),
  primary key (metering_point_id, code, version),
  check (safety_w <= technological_w and technological_w <= normal_w)
);
create index tranche_member_list on contor.tranche_member (code, version);

create sequence contor.limitation_run_number;
create table contor.limitation_run (                -- local
  id                 uuid        primary key,
  number             text        not null unique,   -- 'LIM-2026-000001'
  code               text        not null,
  version            integer     not null,
  state              text        not null check (state in ('proposed', 'announced', 'warned', 'applied', 'lifted', 'cancelled')),
  starts_at          timestamptz not null,
  ends_at            timestamptz not null,
  emergency          text,                          -- named reason: neither notice nor warning (CG 7.4; annex 7 B)
  reason             text        not null,
  notice_hours       integer     not null,          -- as in force when it was proposed
  warning_minutes    integer     not null,
  proposed_by        text        not null,
  proposed_at        timestamptz not null,
  approved_by        text,
  announced_at       timestamptz,
  warned_at          timestamptz,
  applied_at         timestamptz,
  lifted_at          timestamptz,
  ended_by           text,                          -- 'plan' at its end, or who lifted or cancelled it
  end_reason         text,
  seal               bytea,                         -- Ed25519 over it and its members, from the approval on
  check (starts_at < ends_at),
  check (approved_by is distinct from proposed_by)
);
create index limitation_run_open on contor.limitation_run (state) where state not in ('lifted', 'cancelled');
create table contor.limitation_run_event (          -- local; added, never changed
  run_id             uuid        not null references contor.limitation_run,
  seq                integer     not null,
  at                 timestamptz not null,
  event              text        not null,
  actor              text        not null,
  details            jsonb       not null default '{}',
  primary key (run_id, seq)
);

create table contor.limitation_run_member (
  metering_point_id  bigint      not null references contor.metering_point,
  run_id             uuid        not null,
  normal_w           integer     not null,
  limit_w            integer     not null,
  excluded           text,                          -- 'protected', 'no-limiter', …: nobody touches it
  limitation_id      uuid,                          -- once it is in force
  primary key (metering_point_id, run_id)
);
create index limitation_run_member_run on contor.limitation_run_member (run_id);

-- What a meter has to hold for a while: sealed by the process that holds the key (commands/limitation.ts). The lowest one
-- in force below the permit is programmed; an end gives the permit back. Without its seal a row limits nobody.
create table contor.limitation (
  metering_point_id  bigint      not null references contor.metering_point,
  id                 uuid        not null,
  watts              integer     not null check (watts > 0),
  starts_at          timestamptz not null,
  ends_at            timestamptz not null,          -- never in force after it
  cause              text        not null,
  actor              text        not null,
  approved_by        text        not null,
  recorded_at        timestamptz not null,
  seal               bytea       not null,          -- Ed25519 over the fields above
  lifted_at          timestamptz,                   -- sooner than planned; giving power back needs no seal
  began_at           timestamptz,                   -- when the limiter's keeper looked
  ended_at           timestamptz,
  primary key (metering_point_id, id),
  check (starts_at < ends_at)
);
create index limitation_due on contor.limitation (starts_at) where began_at is null;
create index limitation_over on contor.limitation (ends_at) where began_at is not null and ended_at is null;

do $$
declare t text;
declare all_only text := '(select coalesce(current_setting(''contor.scope'', true) = ''all'', false))';
begin
  foreach t in array array['tranche_member', 'limitation_run_member', 'limitation'] loop
    execute format('alter table contor.%I enable row level security', t);
    execute format('create policy seen on contor.%I using (%s or metering_point_id in (select contor.seen_points())) with check (%s)', t, all_only, all_only);
  end loop;
  foreach t in array array['tranche', 'limitation_run', 'limitation_run_event'] loop
    execute format('alter table contor.%I enable row level security', t);
    execute format('create policy seen on contor.%I using (%s) with check (%s)', t, all_only, all_only);
  end loop;
end $$;
grant select, insert on contor.tranche, contor.tranche_member, contor.limitation_run_event, contor.limitation_run,
  contor.limitation_run_member, contor.limitation to contor_app;
grant update (state, decided_by, decided_at) on contor.tranche to contor_app;
grant update (state, approved_by, seal, announced_at, warned_at, applied_at, lifted_at, ended_by, end_reason) on contor.limitation_run to contor_app;
grant update (limitation_id, excluded) on contor.limitation_run_member to contor_app;
grant update (lifted_at, began_at, ended_at) on contor.limitation to contor_app;
grant usage on sequence contor.limitation_run_number to contor_app;

insert into contor.legal_figure (name, unit, least, most, title_ro, title_en) values
  ('limitation.notice.hours', 'hours', 24, 240, 'Anunțarea unei tranșe de limitare înainte de aplicare', 'Announcement of a limitation tranche before it applies'),
  ('limitation.warning.minutes', 'minutes', 15, 240, 'Preaviz înainte ca limitatorul să poată întrerupe', 'Warning before the limiter may interrupt'),
  ('limitation.longest.hours', 'hours', 1, 720, 'Cea mai lungă durată a unei limitări', 'Longest duration of a limitation'),
  ('limitation.met.percent', 'percent', 50, 100, 'Parte din reducerea planificată de la care un membru a respectat limitarea', 'Part of the planned reduction from which a member has kept the limitation');
insert into contor.legal_rule (name, valid_from, value, source, actor, reason)
select name, '1999-03-30'::date, value, source, 'system:shipped', 'shipped with the product' from (values
  ('limitation.notice.hours', 24, 'Gazette 129/1999, small consumers art. 21 b), large consumers art. 24 b), annex 7 A'),
  ('limitation.warning.minutes', 15, 'Gazette 129/1999, large consumers, annex 7 A: warning of at least 15 minutes, then disconnection'),
  ('limitation.longest.hours', 72, 'practice: a longer one is decided anew'),
  ('limitation.met.percent', 90, 'practice: within the accuracy of a quarter-hour')
) as shipped (name, value, source);
