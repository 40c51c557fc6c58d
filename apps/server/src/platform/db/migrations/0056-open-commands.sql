-- A meter's commands that are still to be carried out are few, all it ever had are many: who asks for the first of them
-- does not read the rest.
create index relay_command_open on contor.relay_command (metering_point_id, meter_id, created_at, id)
  where state in ('queued', 'released');
