-- Field work: crews, their visits to points, what they confirmed, read, sealed, photographed and had signed.

-- Crews and who is in them. Small: stays on the coordinator.
create table contor.field_crew (
  code        text     primary key,
  name        text     not null,
  stations    bigint[] not null default '{}',        -- served by it; empty: whatever nobody else serves
  active      boolean  not null default true
);
create table contor.field_crew_member (
  crew        text     not null references contor.field_crew,
  subject     text     not null,                     -- 'user:…'
  valid_from  timestamptz not null default now(),
  valid_to    timestamptz,
  primary key (crew, subject)
);

-- One visit is one order at its point. Another visit of the same order follows one that did not end it.
create table contor.field_visit (
  metering_point_id bigint      not null references contor.metering_point,
  id                uuid        not null,
  order_id          uuid        not null,
  seq               integer     not null check (seq >= 1),
  crew              text,                            -- null: somebody has to assign it
  visit_on          date        not null,            -- not before
  why               text        not null,            -- why a crew has it: 'not-integrated', 'unreachable', 'postponed', …
  state             text        not null default 'open' check (state in ('open', 'done', 'postponed', 'impossible', 'withdrawn', 'conflict')),
  created_at        timestamptz not null,
  ended_at          timestamptz,
  primary key (metering_point_id, id),
  unique (metering_point_id, order_id, seq),
  foreign key (metering_point_id, order_id) references contor.work_order
);
create index field_visit_id on contor.field_visit (id);
create index field_visit_open on contor.field_visit (crew, visit_on) where state = 'open';

-- What the crew sent, as it was sent; the digest is over exactly this text. Nothing of it is changed afterwards.
create table contor.field_record (
  metering_point_id bigint      not null,
  visit_id          uuid        not null,
  id                uuid        not null,            -- made on the phone: the same record sent twice is one
  number            text        not null,            -- 'PV-2026-000012'
  content           text        not null,            -- JSON, field/record.ts
  sha256            bytea       not null check (length(sha256) = 32),
  recorded_by       text        not null,
  received_at       timestamptz not null,
  effect            text        not null default 'received' check (effect in ('received', 'executed', 'postponed', 'failed', 'conflict', 'none')),
  answer            jsonb       not null default '{}',
  reconnect         text        not null default 'none' check (reconnect in ('none', 'due', 'made')),
  primary key (metering_point_id, visit_id),
  foreign key (metering_point_id, visit_id) references contor.field_visit
);
create index field_record_unfinished on contor.field_record (received_at) where effect = 'received' or reconnect = 'due';
create sequence contor.field_record_number;

-- Personal data: who looks at a photo is on record.
create table contor.field_photo (
  metering_point_id bigint      not null,
  visit_id          uuid        not null,
  id                uuid        not null,
  media_type        text        not null check (media_type in ('image/jpeg', 'image/png')),
  content           bytea       not null,
  sha256            bytea       not null check (length(sha256) = 32),
  stored_by         text        not null,
  stored_at         timestamptz not null,
  primary key (metering_point_id, visit_id, id),
  foreign key (metering_point_id, visit_id) references contor.field_visit
);

-- What has to be confirmed before work, dated: the newest row of a code that is valid on the day of the visit counts.
-- IPSSM 01 is an instruction inside the operator's house; the source names what the shipped items rest on.
create table contor.field_check (
  code        text     not null,
  valid_from  date     not null,
  valid_to    date,
  seq         integer  not null,
  required    boolean  not null,
  title_ro    text     not null,
  title_en    text     not null,
  source      text     not null,
  primary key (code, valid_from)
);
insert into contor.field_check (code, valid_from, seq, required, title_ro, title_en, source) values
 ('authorised',  '2000-01-01', 10, true, 'Membrii echipei sunt autorizați și instruiți; șeful de lucrare este numit', 'Everybody of the crew is authorised and instructed; who leads the work is named', 'IPSSM 01 (IL 4.1); SR EN 50110-1, 4.2, 4.3'),
 ('place',       '2000-01-01', 20, true, 'Locul este cel din ordin: POD și seria contorului au fost comparate', 'The place is that of the order: POD and serial of the meter were compared', 'IL 4.1; SR EN 50110-1, 6.1'),
 ('risks',       '2000-01-01', 30, true, 'Riscurile electrice și neelectrice la fața locului au fost evaluate (acces, înălțime, vreme, animale)', 'Electric and other risks on site were assessed (access, height, weather, animals)', 'IPSSM 01 (IL 4.1); Legea 319/2006, art. 7'),
 ('equipment',   '2000-01-01', 40, true, 'Echipamentul de protecție e purtat și verificat: mănuși electroizolante, cască cu vizieră, încălțăminte', 'Protective equipment is worn and was checked: insulating gloves, helmet with visor, shoes', 'IPSSM 01 (IL 4.1); HG 1048/2006; SR EN 50110-1, 4.6'),
 ('tools',       '2000-01-01', 50, true, 'Sculele sunt electroizolante, iar detectorul de tensiune a fost probat', 'Tools are insulated, and the voltage detector was proved', 'SR EN 50110-1, 4.6, 6.2.4'),
 ('zone',        '2000-01-01', 60, true, 'Zona de lucru este delimitată și semnalizată', 'The working zone is marked and signed', 'SR EN 50110-1, 4.8, 6.2.6'),
 ('dead',        '2000-01-01', 70, true, 'Separarea s-a făcut și lipsa tensiunii e verificată, sau se lucrează sub tensiune cu procedura aprobată', 'Separated and proved dead, or work is live under the approved procedure', 'SR EN 50110-1, 6.2.2–6.2.4, 6.3'),
 ('reclosing',   '2000-01-01', 80, true, 'Reconectarea neașteptată este împiedicată: blocare și plăcuță de avertizare', 'Unexpected closing is prevented: lock and warning plate', 'SR EN 50110-1, 6.2.3'),
 ('left-safe',   '2000-01-01', 90, true, 'La plecare: capacele sunt montate, sculele strânse, zona eliberată', 'On leaving: covers are fitted, tools gathered, the zone released', 'SR EN 50110-1, 6.2.7');

-- What is done at the point, in its order.
create table contor.field_step (
  action      text     not null check (action in ('disconnect', 'reconnect')),
  seq         integer  not null,
  valid_from  date     not null,
  valid_to    date,
  title_ro    text     not null,
  title_en    text     not null,
  source      text     not null,
  primary key (action, seq, valid_from)
);
insert into contor.field_step (action, seq, valid_from, title_ro, title_en, source) values
 ('disconnect', 1, '2000-01-01', 'Anunțați clientul și arătați ordinul', 'Tell the customer and show the order', 'MO 129/1999, mic art. 11'),
 ('disconnect', 2, '2000-01-01', 'Citiți și fotografiați indexul înainte', 'Read and photograph the index before', 'MO 129/1999, mic art. 24 (2)'),
 ('disconnect', 3, '2000-01-01', 'Desfaceți sigiliile și notați numerele', 'Take the seals off and note their numbers', 'MO 129/1999, mic art. 11'),
 ('disconnect', 4, '2000-01-01', 'Deconectați și verificați lipsa tensiunii la ieșire', 'Disconnect and prove the output dead', 'IL 4.1.1'),
 ('disconnect', 5, '2000-01-01', 'Verificați pictograma releului deschis pe afișaj, unde există', 'Look for the sign of the open relay on the display, where there is one', 'IL 4.1.1'),
 ('disconnect', 6, '2000-01-01', 'Aplicați sigilii noi, citiți indexul după', 'Apply fresh seals, read the index after', 'MO 129/1999, mic art. 11'),
 ('disconnect', 7, '2000-01-01', 'Semnați procesul-verbal împreună cu clientul', 'Sign the record together with the customer', 'MO 129/1999, mic art. 11, art. 24 (2)'),
 ('reconnect', 1, '2000-01-01', 'Verificați cu clientul că instalația poate fi pusă sub tensiune', 'Make sure with the customer that the installation may be energised', 'IL 4.1.2'),
 ('reconnect', 2, '2000-01-01', 'Citiți și fotografiați indexul înainte', 'Read and photograph the index before', 'MO 129/1999, mic art. 24 (2)'),
 ('reconnect', 3, '2000-01-01', 'Desfaceți sigiliile și notați numerele', 'Take the seals off and note their numbers', 'MO 129/1999, mic art. 11'),
 ('reconnect', 4, '2000-01-01', 'Reconectați și verificați tensiunea pe fiecare fază la ieșire', 'Reconnect and check the voltage of each phase at the output', 'IL 4.1.2'),
 ('reconnect', 5, '2000-01-01', 'Aplicați sigilii noi, citiți indexul după', 'Apply fresh seals, read the index after', 'MO 129/1999, mic art. 11'),
 ('reconnect', 6, '2000-01-01', 'Semnați procesul-verbal împreună cu clientul', 'Sign the record together with the customer', 'MO 129/1999, mic art. 11, art. 24 (2)');

-- How a visit may end, and what that does to its order: 'done' executed, 'postponed' another visit, 'impossible' failed.
create table contor.field_result (
  code            text     not null,
  valid_from      date     not null,
  valid_to        date,
  seq             integer  not null,
  effect          text     not null check (effect in ('done', 'postponed', 'impossible')),
  needs_checklist boolean  not null,
  needs_readings  boolean  not null,
  needs_photo     boolean  not null,
  needs_note      boolean  not null,
  title_ro        text     not null,
  title_en        text     not null,
  source          text     not null,
  primary key (code, valid_from)
);
insert into contor.field_result (code, valid_from, seq, effect, needs_checklist, needs_readings, needs_photo, needs_note, title_ro, title_en, source) values
 ('done',          '2000-01-01', 10, 'done',       true,  true,  false, false, 'Executat', 'Executed', 'IL 4.1'),
 ('found-so',      '2000-01-01', 20, 'done',       true,  true,  true,  true,  'Găsit deja în starea cerută', 'Found in the wanted state already', 'practice'),
 ('no-access',     '2000-01-01', 30, 'postponed',  false, false, false, true,  'Fără acces: nimeni acasă sau loc încuiat', 'No access: nobody there, or locked', 'practice; ANRE 90/2015 an. 2, 7.1 d)'),
 ('access-denied', '2000-01-01', 40, 'postponed',  false, false, false, true,  'Clientul a refuzat accesul', 'The customer refused access', 'practice; ANRE 90/2015 an. 2, 7.1 d)'),
 ('unsafe',        '2000-01-01', 50, 'postponed',  false, false, true,  true,  'Nesigur: lucrarea nu a început', 'Unsafe: work did not begin', 'IPSSM 01 (IL 4.1); Legea 319/2006'),
 ('meter-faulty',  '2000-01-01', 60, 'postponed',  true,  false, true,  true,  'Contor sau instalație defectă', 'Meter or installation faulty', 'practice'),
 ('wrong-address', '2000-01-01', 70, 'impossible', false, false, false, true,  'Adresă greșită sau loc de consum inexistent', 'Wrong address, or no such place', 'practice');

do $$
declare t text;
declare all_only text := '(select coalesce(current_setting(''contor.scope'', true) = ''all'', false))';
begin
  foreach t in array array['field_visit', 'field_record', 'field_photo'] loop
    execute format('alter table contor.%I enable row level security', t);
    execute format('create policy seen on contor.%I using (%s or metering_point_id in (select contor.seen_points())) with check (%s)', t, all_only, all_only);
  end loop;
  alter table contor.field_crew enable row level security;
  execute format('create policy seen on contor.field_crew using (%s)', all_only);
  alter table contor.field_crew_member enable row level security;
  execute format('create policy own on contor.field_crew_member using (%s or subject = current_setting(''contor.subject'', true)) with check (%s)', all_only, all_only);
  foreach t in array array['field_check', 'field_step', 'field_result'] loop
    execute format('alter table contor.%I enable row level security', t);
    execute format('create policy seen on contor.%I for select using (true)', t);
    execute format('create policy change on contor.%I using (%s)', t, all_only);
  end loop;
end $$;
grant select, insert, update on contor.field_crew, contor.field_crew_member, contor.field_visit, contor.field_record to contor_app;
grant select, insert on contor.field_photo, contor.field_check, contor.field_step, contor.field_result to contor_app;
grant update (valid_to) on contor.field_check, contor.field_step, contor.field_result to contor_app;
grant usage, select on sequence contor.field_record_number to contor_app;
