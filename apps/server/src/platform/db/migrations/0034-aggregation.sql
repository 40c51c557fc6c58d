-- Sums over sets of points, virtual meters by formula, and the profiles that an operator gives for points without
-- hourly metering. Nothing here is about one point: small, read and written on the coordinator only.

create table contor.virtual_meter (                 -- a row for each version; the highest one counts
  code         text        not null check (code ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
  version      integer     not null check (version > 0),
  name         text        not null,
  formula      text,                                -- as aggregation/formula.ts reads it; null: withdrawn
  valid_from   date        not null,
  valid_to     date,                                -- its last day
  actor        text        not null,
  reason       text        not null,
  recorded_at  timestamptz not null default now(),
  primary key (code, version),
  check (valid_to is null or valid_to >= valid_from)
);

-- Groups of points whose sums were given to somebody who may not see them one by one: the next group that the same
-- person asks for must not differ from one of these by a few points, or subtracting would show those few.
create table contor.disclosed_group (
  subject    text        not null,
  digest     bytea       not null,                  -- SHA-256 of the ids
  members    bigint[]    not null,                  -- ascending
  described  jsonb       not null,                  -- the question
  first_at   timestamptz not null default now(),
  last_at    timestamptz not null default now(),
  primary key (subject, digest)
);

create table contor.consumption_profile (           -- CG art. 6.15–6.17: a row for each version
  code         text        not null check (code ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
  version      integer     not null check (version > 0),
  kind         text        not null check (kind in ('specific', 'residual')),
  name         text        not null,
  definition   jsonb       not null,                -- set, days, or the profile it was edited from
  weights      jsonb       not null,                -- see aggregation/profiles
  actor        text        not null,
  reason       text        not null,
  recorded_at  timestamptz not null default now(),
  primary key (code, version)
);

do $$
declare all_only text := '(select coalesce(current_setting(''contor.scope'', true) = ''all'', false))';
begin
  execute format('create policy sees_all on contor.virtual_meter using (%s) with check (%s)', all_only, all_only);
  execute format('create policy sees_all on contor.disclosed_group using (%s) with check (%s)', all_only, all_only);
  -- A profile is for every user and every supplier (CG art. 6.17).
  execute 'create policy seen on contor.consumption_profile for select using (true)';
  execute format('create policy change on contor.consumption_profile for insert with check (%s)', all_only);
end $$;
alter table contor.virtual_meter enable row level security;
alter table contor.disclosed_group enable row level security;
alter table contor.consumption_profile enable row level security;
grant select, insert on contor.virtual_meter, contor.consumption_profile to contor_app;
grant select, insert, update on contor.disclosed_group to contor_app;

-- Which units there are is known where figures are read (modules/legal); here only their form is kept.
alter table contor.legal_figure drop constraint legal_figure_unit_check;
alter table contor.legal_figure add constraint legal_figure_unit_check check (unit ~ '^[a-z-]+$');
insert into contor.legal_figure (name, unit, least, most, title_ro, title_en) values
  ('aggregate.group.least', 'points', 3, 1000, 'Cel mai mic grup de locuri nevăzute individual a cărui sumă se dă', 'Smallest group of points not seen one by one whose sum is given'),
  ('aggregate.share.most', 'percent', 10, 100, 'Cea mai mare parte a unui singur loc într-o sumă care se dă', 'Greatest share of one point in a sum that is given');
insert into contor.legal_rule (name, valid_from, value, source, actor, reason)
select name, valid_from::date, value, source, 'system:shipped', 'shipped with the product' from (values
  ('aggregate.group.least', '2018-10-12', 10, 'practice, for CC art. 8 (2) g) (aggregated where individual data are not needed): no figure in the law'),
  ('aggregate.share.most', '2018-10-12', 50, 'practice, for CC art. 8 (2) g): above half, the sum tells of one user')
) as shipped (name, valid_from, value, source);
