-- Figures that orders are judged and followed up by, news of relays, letters of justification, and changes of causes and
-- of protections that two persons make.

-- When a session or a message of the meter itself brought something new of its relay: an order that waits for a hand
-- looks at once instead of at its next turn.
alter table contor.meter add column relay_news_at timestamptz;
create index meter_relay_news on contor.meter (relay_news_at) where relay_news_at is not null;

-- Who is in the dark or in danger goes before who is to be disconnected. Says nothing but the turn.
alter table contor.work_order add column urgent boolean not null default false;
create index work_order_turn on contor.work_order (urgent desc, next_at) where next_at is not null;
drop index contor.work_order_due;

-- The letter with documents that the user gets after an act without notice (CG 7.6): when it left.
alter table contor.work_order add column justified_at timestamptz;
create index work_order_to_justify on contor.work_order (justify_by) where justify_by is not null and justified_at is null;

-- Protection of a point: what one person wants changed and another confirms.
create table contor.protection_change (
  metering_point_id  bigint      not null references contor.metering_point,
  id                 uuid        not null,
  kind               text        not null check (kind in ('life-support', 'hospital', 'school', 'water', 'public-safety', 'vulnerable', 'other')),
  valid_from         date        not null,          -- of the protection that ends, where it is one that ends
  valid_to           date        not null,          -- its last day
  reason             text        not null,
  asked_by           text        not null,
  asked_at           timestamptz not null default clock_timestamp(),
  state              text        not null default 'open' check (state in ('open', 'confirmed', 'withdrawn')),
  decided_by         text,
  decided_at         timestamptz,
  primary key (metering_point_id, id),
  check (decided_by is distinct from asked_by or state <> 'confirmed')
);

-- A cause as it shall hold from a day on: confirmed by a second person it becomes a row of order_cause. Small: local.
create table contor.cause_change (
  id                 uuid        primary key,
  cause              jsonb       not null,
  reason             text        not null,
  asked_by           text        not null,
  asked_at           timestamptz not null default clock_timestamp(),
  state              text        not null default 'open' check (state in ('open', 'confirmed', 'withdrawn')),
  decided_by         text,
  decided_at         timestamptz,
  check (decided_by is distinct from asked_by or state <> 'confirmed')
);

do $$
declare all_only text := '(select coalesce(current_setting(''contor.scope'', true) = ''all'', false))';
begin
  alter table contor.protection_change enable row level security;
  execute format('create policy seen on contor.protection_change using (%s or metering_point_id in (select contor.seen_points())) with check (%s)', all_only, all_only);
  alter table contor.cause_change enable row level security;
  execute format('create policy seen on contor.cause_change using (%s)', all_only);
end $$;
grant select, insert, update on contor.protection_change, contor.cause_change to contor_app;

insert into contor.legal_figure (name, unit, least, most, title_ro, title_en) values
  ('orders.served.from', 'hour', 4, 12, 'Ora de la care se deconectează', 'Hour from which disconnections are made'),
  ('orders.served.to', 'hour', 12, 20, 'Ora până la care se deconectează', 'Hour until which disconnections are made'),
  ('orders.approval.watts', 'watts', 1000, 100000, 'Putere avizată de la care o a doua persoană aprobă', 'Approved power from which a second person agrees'),
  ('orders.small.watts', 'watts', 1000, 1000000, 'Putere avizată până la care un consumator este mic', 'Approved power up to which a consumer is small'),
  ('orders.remind.hours', 'hours', 1, 72, 'Ore după care clientul cu contorul pregătit este reamintit', 'Hours after which a customer whose meter is ready is reminded'),
  ('orders.call.hours', 'hours', 2, 240, 'Ore după care clientul este sunat', 'Hours after which the customer is called'),
  ('orders.field.hours', 'hours', 4, 480, 'Ore după care la client merge echipa', 'Hours after which a crew goes to the customer'),
  ('suspension.least.months', 'months', 1, 12, 'Cea mai scurtă suspendare temporară', 'Shortest temporary suspension'),
  ('suspension.most.months', 'months', 1, 24, 'Cea mai lungă suspendare temporară', 'Longest temporary suspension'),
  ('field.access.days', 'days', 0, 60, 'Zile în care echipa mai vede locul după vizită', 'Days in which a crew still sees a point after its visit');
insert into contor.legal_rule (name, valid_from, value, source, actor, reason)
select name, valid_from::date, value, source, 'system:shipped', 'shipped with the product' from (values
  ('orders.served.from', '2015-07-01', 8, 'practice: who is disconnected can still pay and be connected the next day'),
  ('orders.served.to', '2015-07-01', 16, 'practice: who is disconnected can still pay and be connected the next day'),
  ('orders.approval.watts', '2015-07-01', 100000, 'practice: large consumers are not disconnected by one person'),
  ('orders.small.watts', '1999-03-30', 100000, 'Gazette 129/1999, framework contract for small consumers: up to 100 kW'),
  ('orders.remind.hours', '2018-10-12', 4, 'practice (IL 4.1.2: the customer is told what to do)'),
  ('orders.call.hours', '2018-10-12', 24, 'practice (IL 4.1.2)'),
  ('orders.field.hours', '2018-10-12', 48, 'ANRE order 90/2015, annex 2, 7.9: at most 2 working days'),
  ('suspension.least.months', '1999-03-30', 3, 'Gazette 129/1999, small consumers art. 40, large consumers art. 45 (3)'),
  ('suspension.most.months', '1999-03-30', 12, 'Gazette 129/1999, small consumers art. 40, large consumers art. 45 (3)'),
  ('field.access.days', '2018-10-12', 7, 'practice: a record is sent late, or asked about')
) as shipped (name, valid_from, value, source);
