-- Who is told what, and that it arrived. A message is about a point; an order, a case of exceeded power, an announced
-- interruption or a plan of limitation caused it. Whoever is told reads it in the inbox; who subscribed gets it sent.
alter table contor.order_message rename to message;
alter table contor.message rename constraint order_message_pkey to message_pkey;
alter index contor.order_message_order rename to message_order;
alter index contor.order_message_recipient rename to message_recipient;
alter index contor.order_message_due rename to message_due;
alter table contor.message alter column order_id drop not null;
alter table contor.message add column about text not null default 'order'
  check (about in ('order', 'power', 'interruption', 'limitation'));
alter table contor.message add column about_id text;   -- id of what it is about, where that is no order
alter table contor.message add column acknowledged_at timestamptz;
alter table contor.message add column acknowledged_by text;
-- 'new' nobody was looked for yet, 'kept' it waits in the inbox alone, 'sent' on its way to who subscribed,
-- 'delivered' all of them took it, 'failed' one of them did not, after every attempt.
alter table contor.message drop constraint order_message_state_check;
alter table contor.message add constraint message_state_check check (state in ('new', 'kept', 'sent', 'delivered', 'failed'));

-- Where messages are sent. recipient: 'supplier:EVA', 'operator', or 'customer:*' for whatever gateway talks to customers.
create table contor.message_subscription (
  id          bigint generated always as identity primary key,
  name        text        not null unique,
  recipient   text        not null,
  channel     text        not null check (channel in ('webhook', 'email')),
  address     jsonb       not null,
  wrapped     bytea,                            -- HMAC key or password, wrapped by the key ring
  format      text        not null check (format in ('json', 'cim', 'text')),
  kinds       text[]      not null default '{}', -- empty: every kind
  active      boolean     not null default true,
  created_at  timestamptz not null default now()
);
create index message_subscription_recipient on contor.message_subscription (recipient) where active;

create table contor.message_delivery (
  metering_point_id bigint      not null,
  message_id        uuid        not null,
  subscription_id   bigint      not null,
  state             text        not null default 'due' check (state in ('due', 'delivered', 'failed')),
  attempts          integer     not null default 0,
  next_at           timestamptz not null,
  delivered_at      timestamptz,
  answer            text,
  error_text        text,
  primary key (metering_point_id, message_id, subscription_id),
  foreign key (metering_point_id, message_id) references contor.message
);
create index message_delivery_due on contor.message_delivery (next_at) where state = 'due';

-- How a customer wants to be told. Personal data: goes with the person (readings/erase).
create table contor.contact (
  subject     text primary key,                 -- 'customer:17'
  email       text,
  phone       text,
  locale      text not null default 'ro' check (locale in ('ro', 'en')),
  changed_at  timestamptz not null default now(),
  changed_by  text not null
);

do $$
declare all_only text := '(select coalesce(current_setting(''contor.scope'', true) = ''all'', false))';
begin
  alter table contor.message_delivery enable row level security;
  execute format('create policy seen on contor.message_delivery using (%s or metering_point_id in (select contor.seen_points())) with check (%s)', all_only, all_only);
  alter table contor.message_subscription enable row level security;
  execute format('create policy seen on contor.message_subscription using (%s)', all_only);
  alter table contor.contact enable row level security;
  execute format('create policy seen on contor.contact using (%s)', all_only);
end $$;
grant select, insert, update on contor.message_delivery to contor_app;
grant select, insert, update, delete on contor.message_subscription, contor.contact to contor_app;
