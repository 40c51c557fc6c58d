-- A list of all feeders of a period reads their days and not those of the stations, as the list of stations does.
create index balance_day_feeder on contor.balance_day (day, station_id) where feeder <> '';
