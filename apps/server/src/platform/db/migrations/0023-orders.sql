-- Orders to disconnect and reconnect: who asked, by which cause, what the law says, what became of it.
-- The state is what the events made of it; events are added and never changed.

create table contor.work_order (
  metering_point_id  bigint      not null references contor.metering_point,
  id                 uuid        not null,
  number             text        not null,          -- 'OL-2026-000123', what people call it
  type               text        not null check (type in ('RECO_R', 'RECO_C', 'DECO_R', 'DECO_C', 'ACTIV_FURNIZARE', 'REZ_CONTR', 'REZ_NEPLATA', 'REZ_FURNIZOR')),
  cause              text        not null,
  requester          text        not null,          -- subject: 'supplier:EVA', 'customer:17', 'user:…', 'system'
  requester_reference text       not null,
  requested_by       text        not null,          -- the person
  supplier           text,                          -- of the point, when the order was made
  batch_id           uuid,
  reason             text,
  facts              jsonb       not null,          -- orders/facts.ts
  state              text        not null,
  route              text        check (route in ('remote', 'field')),
  verdict            jsonb       not null default '{}',  -- what the gate said last
  runs_at            timestamptz,                   -- not before
  due_by             timestamptz,                   -- re-supply: at the latest
  justify_by         date,                          -- a letter to the user is due (CG 7.6)
  cost_bearer        text        not null default 'operator' check (cost_bearer in ('operator', 'user')),
  command_id         uuid,
  approved_by        text,
  follows            uuid,                          -- the order that this one undoes
  created_at         timestamptz not null,
  next_at            timestamptz,                   -- when the engine looks again; null: nothing to do
  ended_at           timestamptz,
  primary key (metering_point_id, id)
);
create index work_order_id on contor.work_order (id);
create index work_order_due on contor.work_order (next_at) where next_at is not null;
create index work_order_commanded on contor.work_order (metering_point_id, command_id) where state in ('remote', 'customer');
create index work_order_state on contor.work_order (state, created_at desc);
create index work_order_created on contor.work_order (created_at desc, id);

create table contor.order_event (
  metering_point_id  bigint      not null,
  order_id           uuid        not null,
  seq                integer     not null,
  at                 timestamptz not null,
  event              text        not null,
  from_state         text,
  to_state           text        not null,
  actor              text        not null,
  evidence           jsonb       not null default '{}',
  primary key (metering_point_id, order_id, seq),
  foreign key (metering_point_id, order_id) references contor.work_order
);

-- A requester's reference names one order, however often it is sent.
create table contor.order_reference (
  requester          text        not null,
  reference          text        not null,
  order_id           uuid        not null,
  point_id           bigint      not null,
  digest             text        not null,          -- of what was asked: the same reference with other content is refused
  primary key (requester, reference)
);
create sequence contor.order_number;

-- Causes of law and contract, dated: the newest row that is valid at the request counts.
create table contor.order_cause (
  code               text        not null,
  valid_from         date        not null,
  category           text        not null check (category in ('any', 'household', 'non-household', 'small', 'large')),
  types              text[]      not null,
  notice_days        integer     not null default 0 check (notice_days between 0 and 400),
  notice_unit        text        not null default 'working' check (notice_unit in ('working', 'calendar')),
  debt_days          integer     not null default 0 check (debt_days between 0 and 400), -- after due date or notification
  cures              text[]      not null default '{}',
  working_days_only  boolean     not null default false, -- practice: nobody is left dark when no office is open
  user_pays          boolean     not null default false, -- never one whose meter is integrated (CC art. 22)
  justify_days       integer     not null default 0,     -- working days to a letter with documents
  resupply_days      integer     not null default 2,
  resupply_unit      text        not null default 'working' check (resupply_unit in ('working', 'calendar')),
  title_ro           text        not null,
  title_en           text        not null,
  source             text        not null,
  set_by             text        not null default 'Contor',
  primary key (code, category, valid_from)
);

insert into contor.order_cause (code, valid_from, category, types, notice_days, notice_unit, debt_days, cures, working_days_only, user_pays, justify_days, resupply_days, resupply_unit, title_ro, title_en, source) values
 ('CG-7.1-a', '2015-07-01', 'household',     '{DECO_R,REZ_NEPLATA,REZ_FURNIZOR}', 15, 'working', 0, '{payment,withdrawn}', true, true, 0, 2, 'working', 'La solicitarea furnizorului', 'At the supplier''s request', 'ANRE 90/2015 an. 2, 7.1 a), 7.2, 7.9'),
 ('CG-7.1-a', '2015-07-01', 'non-household', '{DECO_R,REZ_NEPLATA,REZ_FURNIZOR}', 5, 'working', 0, '{payment,withdrawn}', true, true, 0, 2, 'working', 'La solicitarea furnizorului', 'At the supplier''s request', 'ANRE 90/2015 an. 2, 7.1 a), 7.2, 7.9'),
 ('CG-7.1-b', '2015-07-01', 'household',     '{DECO_R}', 15, 'working', 0, '{power-reduced}', true, true, 0, 2, 'working', 'Depășirea puterii aprobate', 'Approved power exceeded', 'ANRE 90/2015 an. 2, 7.1 b), 7.2'),
 ('CG-7.1-b', '2015-07-01', 'non-household', '{DECO_R}', 5, 'working', 0, '{power-reduced}', true, true, 0, 2, 'working', 'Depășirea puterii aprobate', 'Approved power exceeded', 'ANRE 90/2015 an. 2, 7.1 b), 7.2'),
 ('CG-7.1-c', '2015-07-01', 'household',     '{DECO_R}', 15, 'working', 50, '{payment}', true, true, 0, 2, 'working', 'Neplata serviciului de distribuție', 'Distribution service unpaid', 'ANRE 90/2015 an. 2, 7.1 c), 7.2'),
 ('CG-7.1-c', '2015-07-01', 'non-household', '{DECO_R}', 5, 'working', 40, '{payment}', true, true, 0, 2, 'working', 'Neplata serviciului de distribuție', 'Distribution service unpaid', 'ANRE 90/2015 an. 2, 7.1 c), 7.2'),
 ('CG-7.1-d', '2015-07-01', 'household',     '{DECO_R}', 15, 'working', 0, '{access}', true, true, 0, 2, 'working', 'Împiedicarea accesului la grupul de măsurare', 'Access to the meter refused', 'ANRE 90/2015 an. 2, 7.1 d), 7.2'),
 ('CG-7.1-d', '2015-07-01', 'non-household', '{DECO_R}', 5, 'working', 0, '{access}', true, true, 0, 2, 'working', 'Împiedicarea accesului la grupul de măsurare', 'Access to the meter refused', 'ANRE 90/2015 an. 2, 7.1 d), 7.2'),
 ('CG-7.1-e', '2015-07-01', 'household',     '{DECO_R}', 15, 'working', 0, '{disturbance-limited}', true, true, 0, 2, 'working', 'Nelimitarea perturbațiilor', 'Disturbances not limited in time', 'ANRE 90/2015 an. 2, 7.1 e), 7.2'),
 ('CG-7.1-e', '2015-07-01', 'non-household', '{DECO_R}', 5, 'working', 0, '{disturbance-limited}', true, true, 0, 2, 'working', 'Nelimitarea perturbațiilor', 'Disturbances not limited in time', 'ANRE 90/2015 an. 2, 7.1 e), 7.2'),
 ('CG-7.1-f', '2015-07-01', 'household',     '{DECO_R}', 15, 'working', 0, '{zone-cleared}', true, true, 0, 2, 'working', 'Nerespectarea zonelor de protecție', 'Protection zone not respected', 'ANRE 90/2015 an. 2, 7.1 f), 7.2'),
 ('CG-7.1-f', '2015-07-01', 'non-household', '{DECO_R}', 5, 'working', 0, '{zone-cleared}', true, true, 0, 2, 'working', 'Nerespectarea zonelor de protecție', 'Protection zone not respected', 'ANRE 90/2015 an. 2, 7.1 f), 7.2'),
 ('CG-7.1-g', '2015-07-01', 'household',     '{DECO_R}', 15, 'working', 0, '{removed}', true, true, 0, 2, 'working', 'Racordarea altui utilizator fără acord', 'Another user connected without consent', 'ANRE 90/2015 an. 2, 7.1 g), 7.2'),
 ('CG-7.1-g', '2015-07-01', 'non-household', '{DECO_R}', 5, 'working', 0, '{removed}', true, true, 0, 2, 'working', 'Racordarea altui utilizator fără acord', 'Another user connected without consent', 'ANRE 90/2015 an. 2, 7.1 g), 7.2'),
 ('CG-7.1-h', '2015-07-01', 'household',     '{DECO_R}', 15, 'working', 0, '{guarantee}', true, true, 0, 2, 'working', 'Neconstituirea garanției financiare', 'Financial guarantee not given', 'ANRE 90/2015 an. 2, 7.1 h), 7.2'),
 ('CG-7.1-h', '2015-07-01', 'non-household', '{DECO_R}', 5, 'working', 0, '{guarantee}', true, true, 0, 2, 'working', 'Neconstituirea garanției financiare', 'Financial guarantee not given', 'ANRE 90/2015 an. 2, 7.1 h), 7.2'),
 ('CG-7.1-i', '2015-07-01', 'household',     '{DECO_R}', 15, 'working', 0, '{payment}', true, true, 0, 2, 'working', 'Neplata prejudiciului din sustragere', 'Damage by theft unpaid', 'ANRE 90/2015 an. 2, 7.1 i), 7.2'),
 ('CG-7.1-i', '2015-07-01', 'non-household', '{DECO_R}', 5, 'working', 0, '{payment}', true, true, 0, 2, 'working', 'Neplata prejudiciului din sustragere', 'Damage by theft unpaid', 'ANRE 90/2015 an. 2, 7.1 i), 7.2'),
 ('CG-7.4-a', '2015-07-01', 'any', '{DECO_R,DECO_C}', 0, 'working', 0, '{power-reduced}', false, true, 0, 2, 'working', 'Neaplicarea reducerii de putere cerute de OTS', 'Reduction asked by the system operator not made', 'ANRE 90/2015 an. 2, 7.4 a), 7.5'),
 ('CG-7.4-b', '2015-07-01', 'any', '{DECO_R,DECO_C}', 0, 'working', 0, '{settings-restored}', false, true, 0, 2, 'working', 'Modificarea reglajelor protecțiilor', 'Protection settings changed', 'ANRE 90/2015 an. 2, 7.4 b), 7.5'),
 ('CG-7.4-c', '2015-07-01', 'any', '{DECO_R,DECO_C}', 0, 'working', 0, '{emergency-over}', false, false, 30, 2, 'working', 'Situație de urgență, pericol pentru viață', 'Emergency, danger to life', 'ANRE 90/2015 an. 2, 7.4 c), 7.5, 7.6'),
 ('CG-7.4-d', '2015-07-01', 'any', '{DECO_R,DECO_C}', 0, 'working', 0, '{emergency-over}', false, false, 30, 2, 'working', 'Prevenirea extinderii avariilor', 'Preventing the spread of a failure', 'ANRE 90/2015 an. 2, 7.4 d), 7.5, 7.6'),
 ('MO-I-8',   '1999-03-30', 'household', '{DECO_R,REZ_NEPLATA}', 3, 'working', 37, '{payment}', true, true, 0, 2, 'working', 'Factură de energie neplătită (casnic)', 'Energy bill unpaid (household)', 'MO 129/1999, contract casnic, art. 8: 7 + 30 zile de la înștiințare'),
 ('MO-II-28', '1999-03-30', 'small', '{DECO_R,REZ_NEPLATA}', 5, 'calendar', 25, '{payment}', true, true, 0, 3, 'calendar', 'Factură de energie neplătită (mic consumator)', 'Energy bill unpaid (small consumer)', 'MO 129/1999, contract mic consumator, art. 28: 10 + 15 zile de la înregistrare'),
 ('MO-III-28','1999-03-30', 'large', '{DECO_R,REZ_NEPLATA}', 5, 'calendar', 25, '{payment}', true, true, 0, 3, 'calendar', 'Factură de energie neplătită (mare consumator)', 'Energy bill unpaid (large consumer)', 'MO 129/1999, contract mare consumator, art. 28: 10 + 15 zile de la înregistrare'),
 ('MO-EXPIRED','1999-03-30', 'non-household', '{DECO_R,REZ_CONTR,REZ_FURNIZOR}', 0, 'working', 0, '{contract}', false, true, 0, 3, 'calendar', 'Consum cu contract expirat', 'Contract expired', 'MO 129/1999, mic art. 26 (1) a), mare art. 37 (1) a)'),
 ('MO-FRAUD', '1999-03-30', 'non-household', '{DECO_R,REZ_FURNIZOR}', 0, 'working', 0, '{payment}', false, true, 0, 3, 'calendar', 'Consum fraudulos', 'Fraudulent consumption', 'MO 129/1999, mic art. 26 (1) b), mare art. 37 (1) b)'),
 ('MO-DANGER','1999-03-30', 'small', '{DECO_R,DECO_C}', 0, 'working', 0, '{emergency-over}', false, false, 30, 3, 'calendar', 'Pericol pentru viață, sănătate sau bunuri', 'Danger to life, health or goods', 'MO 129/1999, mic art. 26 (1) n)'),
 ('MO-DANGER','1999-03-30', 'large', '{DECO_R,DECO_C}', 5, 'calendar', 0, '{emergency-over}', false, false, 30, 3, 'calendar', 'Pericol pentru viață, sănătate sau bunuri', 'Danger to life, health or goods', 'MO 129/1999, mare art. 37 (1) m), (5) b)'),
 ('MO-ACCESS','1999-03-30', 'small', '{DECO_R}', 5, 'working', 0, '{access}', true, true, 0, 3, 'calendar', 'Împiedicarea accesului delegatului', 'Delegate refused access', 'MO 129/1999, mic art. 26 (1) d)–e)'),
 ('MO-ACCESS','1999-03-30', 'large', '{DECO_R}', 5, 'calendar', 0, '{access}', true, true, 0, 3, 'calendar', 'Împiedicarea accesului delegatului', 'Delegate refused access', 'MO 129/1999, mare art. 37 (1) e)'),
 ('CG-1-j',   '2015-07-01', 'any', '{DECO_C}', 0, 'working', 0, '{withdrawn}', false, true, 0, 2, 'working', 'Defecțiune în instalația utilizatorului, la cererea lui', 'Fault in the user''s installation, at his request', 'ANRE 90/2015 an. 2, 1 j); MO 129/1999, mic art. 20 h)'),
 ('SUSPEND',  '1999-03-30', 'any', '{DECO_C}', 0, 'working', 0, '{withdrawn}', false, true, 0, 2, 'working', 'Suspendare temporară la cerere (3–12 luni)', 'Temporary suspension on request (3–12 months)', 'MO 129/1999, mic art. 40, mare art. 45 (3)'),
 ('CLIENT',   '2015-07-01', 'any', '{DECO_C,REZ_CONTR}', 0, 'working', 0, '{withdrawn}', false, true, 0, 2, 'working', 'La cererea clientului', 'At the customer''s request', 'IL 4.1: DECO_C, REZ_CONTR'),
 ('RESUPPLY', '2015-07-01', 'any', '{RECO_R,RECO_C,ACTIV_FURNIZARE}', 0, 'working', 0, '{}', false, false, 0, 2, 'working', 'Cauza a fost eliminată sau la cerere', 'The cause is gone, or on request', 'ANRE 90/2015 an. 2, 7.9; IL 4.1.2');

-- Customers whose supply somebody's health or safety hangs on. Anything that takes it needs a named reason and two persons.
create table contor.point_protection (
  metering_point_id  bigint      not null references contor.metering_point,
  kind               text        not null check (kind in ('life-support', 'hospital', 'school', 'water', 'public-safety', 'vulnerable', 'other')),
  valid_from         date        not null,
  valid_to           date,
  reason             text        not null,
  set_by             text        not null,
  primary key (metering_point_id, kind, valid_from)
);

-- What is told to the supplier and to the customer; each line is there to be read, and to be delivered.
create table contor.order_message (
  metering_point_id  bigint      not null,
  id                 uuid        not null,
  order_id           uuid        not null,
  recipient          text        not null,          -- 'supplier:EVA', 'customer:17'
  kind               text        not null,          -- 'order-closed', 'press-button', 'call', …
  body               jsonb       not null,
  created_at         timestamptz not null,
  state              text        not null default 'new' check (state in ('new', 'delivered', 'acknowledged', 'failed')),
  attempts           integer     not null default 0,
  next_at            timestamptz,
  delivered_at       timestamptz,
  error_text         text,
  primary key (metering_point_id, id),
  foreign key (metering_point_id, order_id) references contor.work_order
);
create index order_message_order on contor.order_message (metering_point_id, order_id);
create index order_message_recipient on contor.order_message (recipient, created_at desc);
create index order_message_due on contor.order_message (next_at) where state = 'new';

-- The demonstration's calendar: how far its orders live ahead of the world. Heeded only where the demo runs.
create table contor.demo_clock (
  one        boolean primary key default true check (one),
  offset_ms  bigint  not null
);

do $$
declare t text;
declare all_only text := '(select coalesce(current_setting(''contor.scope'', true) = ''all'', false))';
begin
  foreach t in array array['work_order', 'order_event', 'point_protection', 'order_message'] loop
    execute format('alter table contor.%I enable row level security', t);
    execute format('create policy seen on contor.%I using (%s or metering_point_id in (select contor.seen_points())) with check (%s)', t, all_only, all_only);
  end loop;
  foreach t in array array['order_reference', 'demo_clock'] loop
    execute format('alter table contor.%I enable row level security', t);
    execute format('create policy seen on contor.%I using (%s)', t, all_only);
  end loop;
end $$;
alter table contor.order_cause enable row level security;
create policy seen on contor.order_cause for select using (true);
create policy change on contor.order_cause using ((select coalesce(current_setting('contor.scope', true) = 'all', false)));
grant select, insert, update on contor.work_order, contor.order_message, contor.demo_clock, contor.point_protection to contor_app;
grant select, insert on contor.order_event, contor.order_reference, contor.order_cause to contor_app;
grant usage, select on sequence contor.order_number to contor_app;
