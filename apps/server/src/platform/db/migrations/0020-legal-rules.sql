-- Figures of law and of practice as dated rows with their source. A change of the law is another row; a row that
-- was wrong is corrected by a later one of the same day of validity: nothing is overwritten.
-- Small, read and written on the coordinator only: local on a cluster.
create table contor.legal_figure (                  -- what a figure means, and what it may be
  name      text    primary key check (name ~ '^[a-z]+(\.[a-z]+)+$'),
  unit      text    not null check (unit in ('days', 'months', 'working-days', 'hour')),
  least     integer not null,
  most      integer not null,
  title_ro  text    not null,
  title_en  text    not null,
  check (least <= most)
);

create table contor.legal_rule (
  name         text        not null references contor.legal_figure,
  valid_from   date        not null,                -- first civil day that it judges
  revision     integer     not null default 1,      -- the highest one of a day of validity counts
  value        integer     not null,
  source       text        not null,                -- law, article, paragraph; or 'practice: …'
  actor        text        not null,
  reason       text        not null,
  recorded_at  timestamptz not null default now(),
  primary key (name, valid_from, revision)
);

insert into contor.legal_figure (name, unit, least, most, title_ro, title_en) values
  ('intervals.due.days', 'days', 0, 60, 'Zile după care datele unei zile trebuie să fie disponibile', 'Days after which the data of a day must be there'),
  ('intervals.due.hour', 'hour', 4, 24, 'Ora locală până la care datele trebuie să fie disponibile', 'Local hour by which the data must be there'),
  ('retention.detail.months', 'months', 24, 240, 'Păstrarea datelor detaliate', 'Keeping of detailed data'),
  ('retention.cumulative.months', 'months', 36, 240, 'Păstrarea datelor cumulative folosite la facturare', 'Keeping of cumulative data used for bills'),
  ('retention.frames.days', 'days', 35, 3650, 'Păstrarea cadrelor brute după perioada de facturare', 'Keeping of raw frames past the billing period'),
  ('retention.files.days', 'days', 35, 3650, 'Păstrarea fișierelor primite', 'Keeping of received files'),
  ('retention.clock.days', 'days', 1, 60, 'Distanța maximă dintre ceas și cele mai noi date', 'Greatest distance between the clock and the newest data');

insert into contor.legal_rule (name, valid_from, value, source, actor, reason)
select name, valid_from::date, value, source, 'system:shipped', 'shipped with the product' from (values
  ('intervals.due.days', '2018-10-12', 1, 'ANRE order 177/2018, art. 18 (3): the day before is brought up to date between 01:00 and 13:00'),
  ('intervals.due.hour', '2018-10-12', 13, 'ANRE order 177/2018, art. 18 (3): the day before is brought up to date between 01:00 and 13:00'),
  ('retention.detail.months', '2015-07-01', 24, 'ANRE order 90/2015, annex 2, section 4 (rights of the user), letter k) (ii): data per day, week, month and year for at least 24 months'),
  ('retention.cumulative.months', '2015-07-01', 36, 'ANRE order 90/2015, annex 2, section 4 (rights of the user), letter k) (i): cumulative data of the last 3 years'),
  ('retention.frames.days', '2018-10-12', 35, 'ANRE order 177/2018, annex 2, point 16: at least 35 days past the billing period'),
  ('retention.files.days', '2018-10-12', 400, 'practice: a yearly settlement can still be traced to its file'),
  ('retention.clock.days', '2018-10-12', 7, 'practice: a clock further from the newest data than a week is not believed')
) as shipped (name, valid_from, value, source);

-- The law is public; who changes it sees everything.
alter table contor.legal_figure enable row level security;
alter table contor.legal_rule enable row level security;
create policy seen on contor.legal_figure for select using (true);
create policy seen on contor.legal_rule for select using (true);
create policy change on contor.legal_rule for insert
  with check ((select coalesce(current_setting('contor.scope', true) = 'all', false)));
grant select on contor.legal_figure to contor_app;
grant select, insert on contor.legal_rule to contor_app;
