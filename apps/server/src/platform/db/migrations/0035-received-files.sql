-- A received file goes when it is older than the figure retention.files.days; what it brought, its checksum and its
-- rejected lines stay.
alter table contor.import_file add column removed_at timestamptz;
