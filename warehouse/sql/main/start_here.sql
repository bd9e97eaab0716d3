-- Where to begin: one row per step, with a query to copy. Months are the last whole one before the night's date.
with last_month as (
    select
        (date_trunc('month', run_on) - interval 1 month)::date as from_on,
        date_trunc('month', run_on)::date as until_on
    from meta.release
)

select unnest([
    {step: 1, what: 'what is in here', try_this: 'from meta.views'},
    {step: 2, what: 'what a column means', try_this: 'from columns_of(''report.calls'')'},
    {step: 3, what: 'find a column by a word', try_this: 'from find_column(''bundle'')'},
    {step: 4, what: 'how fresh it is', try_this: 'from meta.freshness'},
    {step: 5, what: 'revenue per customer', try_this: format('from omzet(''{}'', ''{}'')', from_on, until_on)},
    {step: 6, what: 'whose bundle fits', try_this: format('from bundle_fit(''{}'')', strftime(from_on, '%Y-%m'))},
    {step: 7, what: 'more such functions', try_this: 'from meta.macros'},
    {step: 8, what: 'questions that have a query', try_this: 'select name, question from meta.examples'},
    {step: 9, what: 'one of those queries', try_this: 'select sql from meta.examples where name = ''top_destinations'''}
], recursive := true)
from last_month
