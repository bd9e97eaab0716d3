-- What made this file: one row.
select
    release_id,
    run_on,
    made_at,
    (select belnota_version from meta.made_with) as belnota_version,
    (select duckdb_version from meta.made_with) as duckdb_version,
    (select count(*) from meta.files) as lake_files,
    (select count(*) from core.controls) as controls,
    (select count(*) from core.controls where not is_balanced) as controls_open
from meta.release
