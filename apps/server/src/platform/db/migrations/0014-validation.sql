-- Rules for groups of points, and exceptions as work.

-- A rule holds for the points that `applies_to` names; the version that names most things wins, then the newest.
-- Keys: segment (kind of the point), modelId (meter model), readingMode, stationId. Empty: every point.
alter table contor.validation_rule
  add column applies_to  jsonb not null default '{}',
  add column state       text  not null default 'live' check (state in ('draft', 'live', 'retired')),
  add column decided_by  text  not null default 'system:shipped',
  add column reason      text  not null default 'shipped with the product';
create index validation_rule_live on contor.validation_rule (rule) where state = 'live';

insert into contor.validation_rule (rule, version, parameters, severity) values
  ('meter-status', 1, '{"marks": ["powerDown", "meterError"]}', 'info'),
  ('over-limit', 1, '{"tolerancePercent": 300}', 'error'),
  ('stuck', 1, '{"longestRun": 24, "floorWh": 25}', 'warning'),
  ('inactive', 1, '{"days": 30}', 'info'),
  ('high-use', 1, '{"shortestMemory": 10, "deviations": 6, "floorWh": 10000}', 'warning'),
  ('low-use', 1, '{"shortestMemory": 10, "deviations": 6, "floorWh": 10000}', 'info'),
  ('export-without-production', 1, '{"toleranceWh": 50}', 'warning'),
  ('power-factor', 1, '{"lowest": 0.3, "floorWh": 100, "shortestRun": 8}', 'info'),
  ('register-rollover', 1, '{"digits": 6, "unitWh": 1000}', 'warning'),
  ('multiplier-step', 1, '{"ratios": [5, 10, 20, 40, 60], "tolerancePercent": 5, "shortestMemory": 10}', 'warning')
on conflict do nothing;
insert into contor.validation_rule (rule, version, parameters, severity) values ('negative', 1, '{}', 'error')
on conflict do nothing;

-- What a point used on days of each kind: a few numbers, brought forward day by day.
create table contor.point_history (
  metering_point_id  bigint primary key,
  history            jsonb not null
);

-- An exception is somebody's work: who has it, by when, and how it ended.
alter table contor.validation_exception drop constraint validation_exception_status_check;
alter table contor.validation_exception
  add column assigned_to  text,
  add column due_at       timestamptz,
  add column resolution   text,                     -- why a person closed it; null: the rule no longer says it
  add column closed_by    text,
  add constraint validation_exception_status_check check (status in ('open', 'acknowledged', 'resolved'));
create index validation_exception_work on contor.validation_exception (status, rule, metering_point_id) where status <> 'resolved';

alter table contor.point_history enable row level security;
create policy seen on contor.point_history using (
  (select coalesce(current_setting('contor.scope', true) = 'all', false)) or metering_point_id in (select contor.seen_points()))
  with check ((select coalesce(current_setting('contor.scope', true) = 'all', false)));
grant select, insert, update, delete on contor.point_history to contor_app;
