-- Bulk load and long-term storage.

-- Batches that were loaded: a batch that comes again changes nothing. One row in the transaction of its data.
create table contor.load_batch (
  source     text        not null,                   -- who sent it: an import, a head-end, a bench
  batch      text        not null,                   -- its number there
  days       integer     not null default 0,         -- days of metering points in it
  readings   bigint      not null default 0,
  added      bigint      not null default 0,         -- slots, over all channels, that had no value before
  conflicts  integer     not null default 0,         -- slots that held another value; the first one stayed
  findings   integer     not null default 0,
  rejected   integer     not null default 0,         -- days that could not be stored
  loaded_at  timestamptz not null default now(),
  primary key (source, batch)
);
alter table contor.load_batch enable row level security;
create policy seen on contor.load_batch using ((select coalesce(current_setting('contor.scope', true) = 'all', false)));
grant select, insert, update on contor.load_batch to contor_app;
