-- How a meter speaks: what lies under its APDUs, which suite its keys are of, how it names its objects, and
-- which meter model describes the rest.
alter table contor.meter
  add column transport        text not null default 'wrapper' check (transport in ('wrapper', 'hdlc', 'udp-wrapper')),
  add column physical_address integer check (physical_address between 0 and 16383),   -- lower HDLC address
  add column security_suite   smallint not null default 0 check (security_suite in (0, 1, 2)),
  add column referencing      text not null default 'logical-name' check (referencing in ('logical-name', 'short-name')),
  add column model_id         text not null default 'contor-neighbourhood' check (model_id ~ '^[a-z0-9][a-z0-9.-]*$');
