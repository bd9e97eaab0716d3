-- find_column(word)
-- Columns whose name or meaning has a word: from find_column('bundle').
select view, column_name, description
from meta.columns
where contains(lower(column_name || ' ' || description), lower(word))
order by view, column_name
