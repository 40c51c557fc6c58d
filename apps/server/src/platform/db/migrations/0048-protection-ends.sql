-- A protection is never taken back or moved: its end is a row of its own, under a seal over both persons. What ended
-- before this stands in the protection's own last day.
revoke update on contor.point_protection from contor_app;

create table contor.protection_end (
  metering_point_id  bigint      not null,
  id                 uuid        not null,          -- of the protection_change that two persons made
  kind               text        not null,
  valid_from         date        not null,          -- of the protection that ends
  valid_to           date        not null,          -- its last day
  asked_by           text        not null,
  confirmed_by       text        not null check (confirmed_by <> asked_by),
  confirmed_at       timestamptz not null,
  seal               bytea       not null,          -- Ed25519 over the fields above (commands/protection.ts)
  primary key (metering_point_id, id),
  foreign key (metering_point_id, kind, valid_from) references contor.point_protection
);
create index protection_end_of on contor.protection_end (metering_point_id, kind, valid_from);
alter table contor.protection_end enable row level security;
create policy seen on contor.protection_end
  using ((select coalesce(current_setting('contor.scope', true) = 'all', false)) or metering_point_id in (select contor.seen_points()))
  with check ((select coalesce(current_setting('contor.scope', true) = 'all', false)));
grant select, insert on contor.protection_end to contor_app;

-- Who asked, under a seal too: the second person must be another one than whoever the row names. Asked without one, it
-- is asked for again.
alter table contor.protection_change add column seal bytea;
