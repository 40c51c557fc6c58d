-- Trials of rules on history: a job goes through the points in order of their number, batch by batch; what it found,
-- and up to where, is one row, so that it goes on where it was stopped.
create table contor.rule_trial (
  id            bigint      generated always as identity primary key,
  job_id        uuid,                                -- in contor.job_run
  rule          text        not null,
  parameters    jsonb       not null,
  applies_to    jsonb       not null,
  from_day      date        not null,
  to_day        date        not null,
  requested_by  text        not null,
  requested_at  timestamptz not null default now(),
  points        bigint,                              -- of the group; null: not counted yet
  sample        jsonb,                               -- the counts of a few points from everywhere, long before the whole
  result        jsonb       not null default '{}',   -- the counts of the points up to `after`
  after         bigint      not null default 0,
  ended_at      timestamptz,                         -- when the last point was judged
  check (from_day <= to_day)
);
create index rule_trial_newest on contor.rule_trial (rule, id desc);

-- Points that fail in a trial, under the rule of its time, or both. Kept on one node with their trial, and bounded.
create table contor.rule_trial_point (
  trial_id   bigint  not null references contor.rule_trial on delete cascade,
  point_id   bigint  not null,
  kind       text    not null check (kind in ('new', 'gone', 'both')),
  pod        text    not null,
  findings   integer not null,
  first      jsonb   not null,                       -- the first finding: day, channel, slots, details
  primary key (trial_id, kind, point_id)
);

do $$
declare t text;
begin
  foreach t in array array['rule_trial', 'rule_trial_point'] loop
    execute format('alter table contor.%I enable row level security', t);
    execute format('create policy seen on contor.%I using ((select coalesce(current_setting(''contor.scope'', true) = ''all'', false)))', t);
    execute format('grant select, insert, update, delete on contor.%I to contor_app', t);
  end loop;
end $$;
