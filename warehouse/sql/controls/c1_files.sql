-- C1: every arrival of a file is accepted, refused, or a repeat of a content that was. One row. Unit: files.
with counted as (
    select
        count(*) as received,
        count(distinct file_id) filter (status = 'accepted') as accepted,
        count(*) filter (status = 'refused') as refused,
        count(*) filter (
            status = 'duplicate' and file_id in (select file_id from source_files where status <> 'duplicate')
        ) as duplicate
    from source_files
)

select
    'C1' as control,
    'all' as scope,
    'files' as unit,
    received as "left",
    accepted + refused + duplicate as "right",
    format('{} accepted, {} refused, {} duplicate', accepted, refused, duplicate) as detail
from counted
