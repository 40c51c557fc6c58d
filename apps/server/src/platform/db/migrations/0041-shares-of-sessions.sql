-- What a session was begun for: commands that can wait and reading in bulk share the places that urgent ones leave.
alter table contor.meter_task
  add column leased_for text check (leased_for in ('urgent', 'ordinary', 'reading'));

-- Whoever chooses what is next counts the sessions that run: few of all tasks.
create index meter_task_leased on contor.meter_task (leased_until) where leased_by is not null;
