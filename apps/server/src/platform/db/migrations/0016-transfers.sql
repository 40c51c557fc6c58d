-- Files in and out, background jobs, deliveries to suppliers.

-- What a background job does and has done; the queue itself is in schema contor_job.
create table contor.job_run (
  id            uuid        primary key,            -- of the job in the queue
  name          text        not null,
  requested_by  text        not null,
  state         text        not null default 'queued' check (state in ('queued', 'running', 'done', 'failed', 'cancelled')),
  cancel        boolean     not null default false, -- somebody asked to stop it
  done          bigint      not null default 0,
  total         bigint,
  unit          text        not null default '',    -- what done and total count: 'rows', 'bytes', 'points'
  note          text        not null default '',
  attempts      integer     not null default 0,
  created_at    timestamptz not null default now(),
  started_at    timestamptz,
  heard_at      timestamptz,
  ended_at      timestamptz
);
create index job_run_newest on contor.job_run (created_at desc);

create table contor.import_file (
  id            bigint      generated always as identity primary key,
  exchange_id   bigint      not null unique default nextval('contor.exchange_id'), -- its values carry it as their source
  name          text        not null,
  format        text        not null,
  layout        text        not null default 'unknown' check (layout in ('unknown', 'wide', 'channels', 'tall')),
  path          text        not null,
  bytes         bigint      not null,
  sha256        bytea       not null,
  options       jsonb       not null default '{}',
  requested_by  text        not null,
  requested_at  timestamptz not null default now(),
  job_id        uuid,
  state         text        not null default 'received' check (state in ('received', 'running', 'done', 'failed', 'cancelled')),
  error_text    text,
  -- the checkpoint, written in the transaction of the values before it
  line          bigint      not null default 0,     -- last line taken in
  byte_offset   bigint      not null default 0,     -- first byte after it, for files of lines
  rows          bigint      not null default 0,
  added         bigint      not null default 0,     -- values that were not there
  repeated      bigint      not null default 0,     -- values that were there already
  rejected      bigint      not null default 0,
  started_at    timestamptz,
  ended_at      timestamptz
);

create table contor.import_reject (
  import_id  bigint  not null references contor.import_file on delete cascade,
  seq        bigint  not null,
  line       bigint  not null,
  field      text    not null,
  value      text    not null,
  reason     text    not null,
  primary key (import_id, seq)
);

create table contor.delivery_recipient (
  id          bigint      generated always as identity primary key,
  supplier    text        not null,                 -- whose points: metering_point.supplier
  name        text        not null unique,
  kind        text        not null check (kind in ('sftp', 'https', 'email')),
  address     jsonb       not null,                 -- host, port, user, path | url | to, smtp host and port
  wrapped     bytea,                                -- password or key, by the installation's key ring
  format      text        not null,
  options     jsonb       not null default '{}',
  send_at     time        not null,                 -- civil time of day
  active      boolean     not null default true,
  created_at  timestamptz not null default now()
);

create table contor.delivery (
  recipient_id     bigint      not null references contor.delivery_recipient on delete cascade,
  day              date        not null,            -- the day of the readings
  state            text        not null default 'due' check (state in ('due', 'sending', 'sent', 'acknowledged', 'failed')),
  attempts         integer     not null default 0,
  next_at          timestamptz not null default now(),
  file             text,
  bytes            bigint,
  sha256           bytea,
  points           integer,
  complete_points  integer,
  sent_at          timestamptz,
  acknowledged_at  timestamptz,
  acknowledgement  text,
  error_text       text,
  primary key (recipient_id, day)
);
create index delivery_due on contor.delivery (next_at) where state in ('due', 'sent', 'sending');

-- Rules of availability, dated, each with where it is written.
create table contor.availability_rule (
  valid_from  date     primary key,
  opens       time     not null,                    -- civil time of the day after the readings
  closes      time     not null,
  share       numeric  not null check (share between 0 and 1), -- of points that must be whole by then
  source      text     not null
);
insert into contor.availability_rule (valid_from, opens, closes, share, source) values
  ('2018-10-19', '01:00', '13:00', 1, 'ANRE 177/2018, condiții-cadru, art. 18 (3)');

create table contor.availability_day (              -- what was there when the window closed
  day               date        not null,
  supplier          text        not null,
  points            integer     not null,
  complete_points   integer     not null,
  missing_sample    jsonb       not null,           -- codes of points that were not whole, at most 100
  met               boolean     not null,
  checked_at        timestamptz not null default now(),
  primary key (day, supplier)
);

do $$
declare t text;
begin
  foreach t in array array['job_run', 'import_file', 'import_reject', 'delivery_recipient', 'delivery',
                           'availability_rule', 'availability_day'] loop
    execute format('alter table contor.%I enable row level security', t);
    execute format('create policy seen on contor.%I using ((select coalesce(current_setting(''contor.scope'', true) = ''all'', false)))', t);
  end loop;
end $$;
grant select, insert, update on contor.job_run, contor.import_file, contor.import_reject, contor.delivery_recipient,
  contor.delivery, contor.availability_day to contor_app;
grant delete on contor.delivery_recipient, contor.job_run to contor_app;
grant select, insert on contor.availability_rule to contor_app;
grant usage, select on all sequences in schema contor to contor_app;
