-- columns_of(view_name)
-- What each column of a view or table means: from columns_of('report.calls'). DESCRIBE does not show it.
select column_name, data_type, description
from meta.columns
where view = view_name
