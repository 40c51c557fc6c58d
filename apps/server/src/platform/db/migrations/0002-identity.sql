-- People who sign in: the tables of better-auth under our names. Seen by the identity pool only, which sets
-- contor.scope for its connections; a query of a request without that scope sees no password hash.
create table contor.auth_user (
  id              text primary key,
  name            text        not null,
  email           text        not null unique,
  email_verified  boolean     not null default false,
  image           text,
  role            text        not null check (role in ('operator', 'analyst', 'supplier', 'customer', 'admin')),
  subject         text,                             -- 'supplier:EVA', 'customer:17'; null: 'user:<id>'
  locale          text        not null default 'ro' check (locale in ('ro', 'en')),
  created_at      timestamptz not null default now(),
  updated_at      timestamptz not null default now()
);

create table contor.auth_session (
  id          text primary key,
  expires_at  timestamptz not null,
  token       text        not null unique,
  ip_address  text,
  user_agent  text,
  user_id     text        not null references contor.auth_user on delete cascade,
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now()
);
create index auth_session_user on contor.auth_session (user_id);

create table contor.auth_account (
  id                        text primary key,
  account_id                text not null,
  provider_id               text not null,
  user_id                   text not null references contor.auth_user on delete cascade,
  access_token              text,
  refresh_token             text,
  id_token                  text,
  access_token_expires_at   timestamptz,
  refresh_token_expires_at  timestamptz,
  scope                     text,
  password                  text,                   -- argon2id
  created_at                timestamptz not null default now(),
  updated_at                timestamptz not null default now(),
  unique (provider_id, account_id)
);
create index auth_account_user on contor.auth_account (user_id);

create table contor.auth_verification (
  id          text primary key,
  identifier  text        not null,
  value       text        not null,
  expires_at  timestamptz not null,
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now()
);
create index auth_verification_identifier on contor.auth_verification (identifier);

do $$
declare t text;
begin
  foreach t in array array['auth_user', 'auth_session', 'auth_account', 'auth_verification'] loop
    execute format('alter table contor.%I enable row level security', t);
    execute format('create policy seen on contor.%I using ((select coalesce(current_setting(''contor.scope'', true) = ''all'', false)))', t);
    execute format('grant select, insert, update, delete on contor.%I to contor_app', t);
  end loop;
end $$;
