-- Folded months with estimates in them: late values of a month beside them move what was estimated there.
create index month_block_estimated on contor.month_block (metering_point_id, month) where estimated is not null;
