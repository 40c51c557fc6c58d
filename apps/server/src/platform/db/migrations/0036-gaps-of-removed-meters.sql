-- What a meter that was taken off had not yet given, nobody can ask it for any more.
alter table contor.gap drop constraint gap_cause_check;
alter table contor.gap add constraint gap_cause_check
  check (cause in ('not-read-yet', 'unreachable', 'refused', 'bad-answer', 'not-in-meter', 'no-smart-meter', 'meter-removed'));
-- Rows that wait for a meter; few meters are taken off, and this finds what they still owe.
create index gap_owed_by on contor.gap (metering_point_id, meter_id) where state = 'open';
