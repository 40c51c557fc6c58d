-- An order is sealed by the process that takes orders, as commands are: what a person asked for, what was recorded of it
-- and who agreed. Commands are made of sealed orders only, so that a row written here by other means moves no relay.
-- Orders from before have no seal and do not run; they can be asked for again.
alter table contor.work_order add column seal bytea;
