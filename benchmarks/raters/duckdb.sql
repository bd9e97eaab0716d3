-- The whole rating in DuckDB; statements are run one by one. Loaded before: the tables of sql_tables.py.
-- Integers throughout: a product that does not fit raises an error, it never wraps. The file is in the order of
-- (answered_at, call_id), so the row number of the file is the order of drawing from bundles.

-- Up to a whole number of steps.
create or replace temp macro steps(quantity, step) as (quantity + step - 1) // step * step;

create or replace temp macro rounded(amount, unit, mode) as
    (amount + case mode when 'half_up' then unit // 2 when 'up' then unit - 1 when 'down' then 0
        else (unit - 1) // 2 + case when unit % 2 = 0 and amount // unit % 2 = 1 then 1 else 0 end end) // unit;

-- Who calls, and the number as a sortable key.
create temp table calls as
with digits as (
    select
        file_row_number as row, epoch_us(answered_at) as at_us, quantity, service, direction, zone, country, call_type,
        own_number,
        case when direction = 'in' then own_number else other_number end as called,
        case
            when regexp_full_match(called, '\+?[0-9]+') then ltrim(called, '+')
            when service = 'data' or called in ('', 'anonymous') then ''
        end as digits
    from read_parquet(getvariable('calls'), file_row_number = true)
)
select
    d.row, d.at_us, d.quantity, d.service, d.direction, d.zone, d.country, d.call_type,
    o.owner, o.subscription_id, o.entry, o.base,
    rpad(left(d.digits, 15), 15, '0')::bigint * 16 + length(left(d.digits, 15)) as number_key
from digits d
left join owners o on o.own_number = d.own_number and d.at_us >= o.from_us and d.at_us < o.until_us;

-- The longest prefix, of the entry or its base, any origin.
create temp table matched as
with epoch_of as (
    select c.row, c.number_key, own.epoch as own_epoch, own.deck as own_deck, far.epoch as far_epoch, far.deck as far_deck
    from calls c
    left join epochs own on own.deck = c.entry and own.service = c.service and own.direction = c.direction
        and own.charge_kind = 'call' and own.origin = '*' and c.at_us >= own.from_us and c.at_us < own.until_us
    left join epochs far on far.deck = c.base and far.service = c.service and far.direction = c.direction
        and far.charge_kind = 'call' and far.origin = '*' and c.at_us >= far.from_us and c.at_us < far.until_us
    where c.entry is not null
)
select
    e.row,
    case when near.length >= coalesce(far.length, -1) then near.set_id else far.set_id end as set_id,
    case when near.length >= coalesce(far.length, -1) then e.own_deck else e.far_deck end as deck
from epoch_of e
asof left join segments near on near.epoch = e.own_epoch and e.number_key >= near.number_key
asof left join segments far on far.epoch = e.far_epoch and e.number_key >= far.number_key;

-- Calls from a place that has prices of its own: the country's are tried first, then the zone's.
create temp table abroad as
with candidates as (
    select c.row, c.number_key, e.epoch, e.deck, h.depth, e.origin <> c.country as is_zone
    from calls c
    join chains h on h.entry = c.entry
    join epochs e on e.deck = h.deck and e.service = c.service and e.direction = c.direction
        and e.charge_kind = 'call' and c.at_us >= e.from_us and c.at_us < e.until_us
        and (e.origin = c.country or e.origin = c.zone)
)
select c.row, s.set_id, c.deck
from candidates c
asof join segments s on s.epoch = c.epoch and c.number_key >= s.number_key
where s.set_id is not null
qualify row_number() over (partition by c.row order by coalesce(is_zone, true), s.length desc, depth) = 1;

-- What answers at the moment of answer, and whether that makes the call rated, free or unrated.
create temp table judged as
with answered as (
    select
        c.row, c.at_us, c.quantity, c.service, c.direction, c.call_type, c.owner, c.subscription_id, c.entry,
        c.number_key, coalesce(a.deck, m.deck) as priced_by, coalesce(a.set_id, m.set_id) as set_id
    from calls c
    left join matched m on m.row = c.row
    left join abroad a on a.row = c.row
)
select
    a.row, a.at_us, a.quantity, a.service, a.direction, a.call_type, a.owner, a.subscription_id, a.number_key,
    a.entry, a.set_id, a.priced_by, q.holding, q.until_us, o.deck, o.prefix, o.destination, o.band_name as band,
    case
        when a.call_type = 'internal' then 'internal'
        when a.entry is null then 'unknown_number'
        when a.set_id is null then 'no_price'
        when a.call_type <> o.call_type and a.call_type in (
            'emergency', 'freephone', 'm2m', 'corporate', 'service_0900', 'service_0906', 'service_0909',
            'information_18xx', 'voicemail') then 'no_price_for_call_type'
    end as no_answer,
    case
        when a.quantity = 0 then 'not_answered'
        when no_answer is not null then no_answer
        when a.quantity < o.free_below then 'too_short'
    end as reason
from answered a
left join quarters q on q.deck = a.priced_by and q.quarter = a.at_us // 900000000
left join offers o on o.set_id = a.set_id and o.holding = q.holding;

create temp table takes (row bigint, taken bigint);
-- per rank
insert into takes
with covered as (
    select
        j.row, s.pool_id, s.allowance,
        j.quantity - coalesce((select sum(t.taken) from takes t where t.row = j.row), 0) as need
    from judged j
    join shares s on s.subscription_id = j.subscription_id and s.service = j.service
        and j.at_us >= s.from_us and j.at_us < s.until_us
    where s.rank = getvariable('rank') and j.reason is null and (j.direction = 'out' or j.service = 'data')
        and (len(s.call_types) = 0 or list_contains(s.call_types, j.call_type))
        and (len(s.destinations) = 0 or list_contains(s.destinations, j.destination))
),
served as (
    select row, least(need, greatest(allowance - (sum(need) over (partition by pool_id order by row) - need), 0)) as taken
    from covered where need > 0
)
select row, taken from served where taken > 0;
-- once

-- The parts to be priced: what bundles left of a call, and the whole of a call to a number whose holder asks for money.
create temp table legs as
with inside as (select row, sum(taken)::bigint as inside from takes group by row),
rests as (
    select
        j.row, 'call' as charge_kind, j.set_id, j.priced_by as deck, j.holding, j.until_us,
        j.at_us + case when j.service = 'voice' then coalesce(i.inside, 0) * 1000000 else 0 end as start_us,
        j.quantity - coalesce(i.inside, 0) as quantity, coalesce(i.inside, 0) as inside
    from judged j left join inside i on i.row = j.row
    where j.reason is null
),
lengths as (select distinct length, 10 ** (15 - length) * 16 as places from information),
shortest as (select min(length) as length, 10 ** (15 - min(length)) * 16 as places from information),
starts as (select distinct prefix[:s.length] as head from information cross join shortest s),
asked as (
    select j.row, j.quantity, j.at_us, j.number_key, j.entry, j.service, j.direction
    from judged j
    where j.reason is null
        and j.number_key // (select places::bigint from shortest) in (select head::bigint from starts)
),
holders as (
    select a.row, a.quantity, a.at_us, i.deck, i.set_id
    from asked a
    cross join lengths l
    join chains h on h.entry = a.entry
    join information i on i.deck = h.deck and i.service = a.service and i.direction = a.direction
        and i.length = l.length and i.head = a.number_key // l.places::bigint
        and a.number_key % 16 >= i.length and a.at_us >= i.from_us and a.at_us < i.until_us
    qualify row_number() over (partition by a.row order by i.length desc, h.depth) = 1
),
started as (
    select row, charge_kind, set_id, deck, holding, until_us, start_us, quantity, inside from rests
    where quantity > 0 and inside = 0
    union all
    select r.row, charge_kind, set_id, r.deck, q.holding, q.until_us, start_us, quantity, inside
    from rests r join quarters q on q.deck = r.deck and q.quarter = r.start_us // 900000000
    where quantity > 0 and inside > 0
    union all
    select h.row, 'information', set_id, h.deck, q.holding, q.until_us, at_us, quantity, 0
    from holders h join quarters q on q.deck = h.deck and q.quarter = h.at_us // 900000000
)
select
    l.row, l.charge_kind, l.set_id, l.deck, l.start_us, l.quantity, l.inside > 0 as is_rest,
    o.band_name, o.moves and l.start_us + l.quantity * 1000000 > l.until_us as crosses,
    o.increment, o.unit_price, o.first_until, o.later_increment, o.later_price,
    case when l.inside > 0 then 0 else o.minimum end as minimum,
    case when l.inside > 0 then 0 else o.fee end as fee, o.cap, o.unit, o.scale, o.mode
from started l
join offers o on o.set_id = l.set_id and o.holding = l.holding
where l.charge_kind = 'call' or l.quantity >= o.free_below;

-- Nearly all calls stay in one band: two steps in closed form. The others walk from band to band.
create temp table walked as
with recursive inside_one_band as (
    select
        row, charge_kind, quantity, unit_price, later_price, later_increment,
        case
            when minimum > increment and minimum >= least(quantity, first_until) then minimum
            when minimum > increment then minimum + steps(least(quantity, first_until) - minimum, increment)
            else steps(least(quantity, first_until), increment)
        end as first_t
    from legs where not crosses
),
walk as (
    select row, charge_kind, set_id, deck, start_us, quantity, minimum, 0::bigint as t, 0::bigint as total
    from legs where crosses
    union all
    select
        w.row, w.charge_kind, w.set_id, w.deck, w.start_us, w.quantity, w.minimum, w.t + s.step,
        w.total + s.step * s.price
    from walk w
    join quarters q on q.deck = w.deck and q.quarter = (w.start_us + w.t * 1000000) // 900000000
    join offers o on o.set_id = w.set_id and o.holding = q.holding,
    lateral (
        select
            case when w.t < o.first_until then o.increment else o.later_increment end as increment,
            case when w.t < o.first_until then o.unit_price else o.later_price end as price,
            least(
                w.quantity, (q.until_us - w.start_us + 999999) // 1000000,
                case when w.t < o.first_until then o.first_until else w.quantity end
            ) as until,
            case when w.t = 0 and w.minimum > increment then w.minimum
                else steps(until - w.t, increment) end as step
    ) s
    where w.t < w.quantity
)
select
    row, charge_kind,
    case when first_t >= quantity then first_t else first_t + steps(quantity - first_t, later_increment) end as t,
    first_t * unit_price + (t - first_t) * later_price as total
from inside_one_band
union all
select row, charge_kind, t, total from walk where t >= quantity;

create temp table charged as
select
    l.row, l.charge_kind, l.band_name, w.t,
    rounded(least(l.fee, l.cap), l.unit, l.mode) * l.scale as fee,
    rounded(least(w.total + l.fee, l.cap), l.unit, l.mode) * l.scale as charge
from legs l join walked w on w.row = l.row and w.charge_kind = l.charge_kind;

create temp view rated as
with inside as (select row, sum(taken)::bigint as inside from takes group by row),
money as (
    select
        j.row, j.owner, case when j.no_answer is null then j.deck end as deck,
        case when j.no_answer is null then j.prefix end as prefix,
        case when j.no_answer is null then j.destination end as destination,
        case when j.no_answer is null then coalesce(c.band_name, j.band) end as band,
        case when j.reason is null then 'rated'
            when j.reason in ('not_answered', 'internal', 'too_short') then 'free' else 'unrated' end as status,
        j.reason, coalesce(i.inside, 0) as in_bundle_quantity,
        case when status <> 'unrated' then coalesce(c.t, 0) end as billed_quantity,
        case when status <> 'unrated' then coalesce(c.fee, 0) end as connect_fee_micro_eur,
        case when status <> 'unrated' then coalesce(n.charge, 0) end as information_charge_micro_eur,
        case when status <> 'unrated' then coalesce(c.charge, 0) + coalesce(n.charge, 0) end as charge_micro_eur
    from judged j
    left join inside i on i.row = j.row
    left join charged c on c.row = j.row and c.charge_kind = 'call'
    left join charged n on n.row = j.row and n.charge_kind = 'information'
)
select f.* exclude (file_row_number), f.period as billing_period, o.customer_id, o.subscription_id, o.product, m.* exclude (row, owner)
from read_parquet(getvariable('calls'), file_row_number = true) f
join money m on m.row = f.file_row_number
left join owners o on o.owner = m.owner;
