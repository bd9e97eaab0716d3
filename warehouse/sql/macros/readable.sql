-- readable(quantity, service)
-- A quantity as people read it: 3:05:07 (voice), 774.7 MB (data), 12 (sms): readable(used, service). A value, not a table.
case service
    when 'voice' then format(
        '{}:{:02d}:{:02d}', quantity::bigint // 3600, quantity::bigint // 60 % 60, quantity::bigint % 60
    )
    when 'data' then formatReadableDecimalSize(quantity::bigint)
    else quantity::varchar
end
