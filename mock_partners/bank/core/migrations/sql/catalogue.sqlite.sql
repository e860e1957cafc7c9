-- Every object of the schema: its name and its definition. Temporary ones stand before those of the file. The tables of
-- `ANALYZE` hold figures of its own.
SELECT type || ' ' || name, COALESCE(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite\_stat%' ESCAPE '\'
UNION ALL
SELECT 'temporary ' || type || ' ' || name, COALESCE(sql, '') FROM sqlite_temp_master
