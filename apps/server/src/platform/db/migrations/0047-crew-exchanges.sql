-- Meters exchanged by crews: visits that no order asked for, and what the crew noted until the office has entered it.

create sequence contor.exchange_visit_number;
grant usage, select on sequence contor.exchange_visit_number to contor_app;

alter table contor.field_visit alter column order_id drop not null;
alter table contor.field_visit
  add column task text not null default 'order',     -- 'exchange': the meter gives way to another, no order asks for it
  add column number text,                            -- 'SC-2026-000012', of an exchange
  add column reason text,                            -- why the meter is exchanged, as whoever planned it wrote it
  add column planned_by text;
alter table contor.field_visit
  add constraint field_visit_task check (task in ('order', 'exchange')),
  add constraint field_visit_of check ((task = 'order') = (order_id is not null)
    and (task = 'exchange') = (number is not null and reason is not null and planned_by is not null));
create unique index field_visit_exchange on contor.field_visit (metering_point_id) where task = 'exchange' and state = 'open';

-- What hung at the point and what hangs there since, as the crew read both. The new meter's keys are not a crew's
-- business: the office enters the exchange, and only as it was noted.
create table contor.exchange_note (
  metering_point_id bigint      not null,
  record            text        not null,            -- number of the proces-verbal
  at                timestamptz not null,
  old_serial        text        not null,
  new_serial        text        not null,
  new_model         text        not null,            -- nameplate
  end_indexes       jsonb       not null,            -- {obis: Wh as the meter shows it}; empty: it could not be read
  start_indexes     jsonb       not null,
  reason            text        not null,
  noted_by          text        not null,
  noted_at          timestamptz not null default now(),
  settled_at        timestamptz,
  settled_by        text,
  meter_id          bigint,                          -- the new meter; null when the note was set aside
  set_aside         text,                            -- why
  primary key (metering_point_id, record),
  check ((settled_at is null) = (settled_by is null)),
  check ((settled_at is null) = (meter_id is null and set_aside is null) and (meter_id is null or set_aside is null))
);
create index exchange_note_open on contor.exchange_note (noted_at) where settled_at is null;

alter table contor.exchange_note enable row level security;
create policy seen on contor.exchange_note using ((select coalesce(current_setting('contor.scope', true) = 'all', false)) or metering_point_id in (select contor.seen_points()))
  with check ((select coalesce(current_setting('contor.scope', true) = 'all', false)));
grant select, insert on contor.exchange_note to contor_app;
grant update (settled_at, settled_by, meter_id, set_aside) on contor.exchange_note to contor_app;

alter table contor.field_step drop constraint field_step_action_check;
alter table contor.field_step add constraint field_step_action_check check (action in ('disconnect', 'reconnect', 'exchange'));
insert into contor.field_step (action, seq, valid_from, title_ro, title_en, source) values
 ('exchange', 1, '2000-01-01', 'Anunțați clientul și arătați programarea', 'Tell the customer and show what was planned', 'MO 129/1999, mic art. 11'),
 ('exchange', 2, '2000-01-01', 'Comparați seria contorului vechi și notați ultimul lui index, cu fotografie', 'Compare the serial of the old meter and note its last index, with a photo', 'MO 129/1999, mic art. 11'),
 ('exchange', 3, '2000-01-01', 'Desfaceți sigiliile și notați numerele', 'Take the seals off and note their numbers', 'MO 129/1999, mic art. 11'),
 ('exchange', 4, '2000-01-01', 'Separați, verificați lipsa tensiunii, demontați contorul vechi', 'Separate, prove dead, take the old meter off', 'SR EN 50110-1, 6.2'),
 ('exchange', 5, '2000-01-01', 'Montați contorul nou, verificați ordinea fazelor și tensiunea la ieșire', 'Put the new meter on, check the order of phases and the voltage at the output', 'CG 6.6'),
 ('exchange', 6, '2000-01-01', 'Notați seria și indexul contorului nou, cu fotografie', 'Note serial and index of the new meter, with a photo', 'MO 129/1999, mic art. 11'),
 ('exchange', 7, '2000-01-01', 'Aplicați sigilii noi; semnați procesul-verbal împreună cu clientul', 'Apply fresh seals; sign the record together with the customer', 'MO 129/1999, mic art. 11');
