-- Where to begin: one row per step, with a query to copy.
select unnest([
    {step: 1, what: 'what is in here', try_this: 'from meta.views'},
    {step: 2, what: 'what a column means', try_this: 'from columns_of(''report.calls'')'},
    {step: 3, what: 'find a column by a word', try_this: 'from find_column(''bundle'')'},
    {step: 4, what: 'how fresh it is', try_this: 'from meta.freshness'},
    {step: 5, what: 'revenue of a month per customer', try_this: 'from omzet(''2026-10-01'', ''2026-11-01'')'},
    {step: 6, what: 'questions with their queries', try_this: 'select name, question from meta.examples'},
    {step: 7, what: 'ready functions', try_this: 'from meta.macros'}
], recursive := true)
