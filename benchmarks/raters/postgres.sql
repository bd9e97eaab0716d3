-- The whole rating in PostgreSQL with the extension prefix; statements are run one by one. Loaded before: calls, in the
-- order of (answered_at, call_id) by row, the tables of sql_tables.py, and `known`, every prefix of any price list once:
-- an index of the extension on prefixes that occur twenty times over takes many times as long.
-- Bigint throughout: a product that does not fit raises an error, it never wraps.

create unlogged table answered as
with numbered as (
    select
        c.row, c.at_us, c.quantity, c.service, c.direction, c.zone, c.country, c.call_type,
        o.owner, o.subscription_id, o.entry, o.base,
        case
            when called ~ '^\+?[0-9]+$' then left(ltrim(called, '+'), 15)
            when c.service = 'data' or called in ('', 'anonymous') then ''
        end as digits
    from calls c
    cross join lateral (select case when c.direction = 'in' then c.own_number else c.other_number end as called) n
    left join owners o on o.own_number = c.own_number and c.at_us >= o.from_us and c.at_us < o.until_us
)
select
    n.row, n.at_us, n.quantity, n.service, n.direction, n.call_type, n.owner, n.subscription_id, n.entry, n.base, n.zone,
    n.country, n.digits, m.set_id, m.deck
from numbered n
left join lateral (
    select p.set_id, p.deck
    from known k
    join prefixes p on p.prefix = k.digits and p.deck in (n.entry, n.base)
    where k.prefix @> n.digits and p.charge_kind = 'call' and p.service = n.service and p.direction = n.direction
        and p.origin in (n.country, n.zone, '*') and n.at_us >= p.from_us and n.at_us < p.until_us
    order by
        case p.origin when n.country then 0 when n.zone then 1 else 2 end, length(p.prefix) desc, p.deck = n.base
    limit 1
) m on true;
analyze answered;

create unlogged table judged as
select
    j.*,
    case
        when j.quantity = 0 then 'not_answered'
        when j.no_answer is not null then j.no_answer
        when j.quantity < j.free_below then 'too_short'
    end as reason
from (
    select
        a.row, a.at_us, a.quantity, a.service, a.direction, a.call_type, a.owner, a.subscription_id, a.digits, a.entry,
        a.base, a.zone, a.country, a.set_id, a.deck as priced_by, q.holding, q.until_us, o.deck, o.prefix,
        o.destination, o.band_name as band, o.free_below,
        case
            when a.call_type = 'internal' then 'internal'
            when a.entry is null then 'unknown_number'
            when a.set_id is null then 'no_price'
            when a.call_type <> o.call_type and a.call_type in (
                'emergency', 'freephone', 'm2m', 'corporate', 'service_0900', 'service_0906', 'service_0909',
                'information_18xx', 'voicemail') then 'no_price_for_call_type'
        end as no_answer
    from answered a
    left join quarters q on q.deck = a.deck and q.quarter = a.at_us / 900000000
    left join offers o on o.set_id = a.set_id and o.holding = q.holding
) j;
analyze judged;

create unlogged table takes (row bigint, taken bigint);
-- per rank
insert into takes
with covered as (
    select j.row, s.pool_id, s.allowance, j.quantity - coalesce(t.taken, 0) as need
    from judged j
    join shares s on s.subscription_id = j.subscription_id and s.service = j.service
        and j.at_us >= s.from_us and j.at_us < s.until_us
    left join (select row, sum(taken)::bigint as taken from takes group by row) t on t.row = j.row
    where s.rank = %(rank)s and j.reason is null and (j.direction = 'out' or j.service = 'data')
        and (cardinality(s.call_types) = 0 or j.call_type = any (s.call_types))
        and (cardinality(s.destinations) = 0 or j.destination = any (s.destinations))
),
served as (
    select row, least(need, greatest(allowance - (sum(need) over (partition by pool_id order by row) - need), 0)) as taken
    from covered where need > 0
)
select row, taken from served where taken > 0;
analyze takes;
-- once

create unlogged table legs as
with inside as (select row, sum(taken)::bigint as inside from takes group by row),
started as (
    select
        j.row, 'call' as charge_kind, j.set_id, j.priced_by as deck,
        j.at_us + case when j.service = 'voice' then coalesce(i.inside, 0) * 1000000 else 0 end as start_us,
        j.quantity - coalesce(i.inside, 0) as quantity, coalesce(i.inside, 0) as inside
    from judged j left join inside i on i.row = j.row
    where j.reason is null and j.quantity > coalesce(i.inside, 0)
    union all
    select j.row, 'information', h.set_id, h.deck, j.at_us, j.quantity, 0
    from judged j
    cross join lateral (
        select i.set_id, i.deck from information i
        where i.deck in (j.entry, j.base) and i.prefix @> j.digits and i.service = j.service
            and i.direction = j.direction and j.at_us >= i.from_us and j.at_us < i.until_us
        order by length(i.prefix) desc, i.deck <> j.entry
        limit 1
    ) h
    where j.reason is null
)
select
    l.row, l.charge_kind, l.set_id, l.deck, l.start_us, l.quantity, o.band_name,
    o.moves and l.start_us + l.quantity * 1000000 > q.until_us as crosses,
    o.increment, o.unit_price, o.first_until, o.later_increment, o.later_price,
    case when l.inside > 0 then 0 else o.minimum end as minimum,
    case when l.inside > 0 then 0 else o.fee end as fee, o.cap, o.unit, o.scale, o.mode
from started l
join quarters q on q.deck = l.deck and q.quarter = l.start_us / 900000000
join offers o on o.set_id = l.set_id and o.holding = q.holding
where l.charge_kind = 'call' or l.quantity >= o.free_below;
analyze legs;

create unlogged table rated as
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
    join quarters q on q.deck = w.deck and q.quarter = (w.start_us + w.t * 1000000) / 900000000
    join offers o on o.set_id = w.set_id and o.holding = q.holding
    cross join lateral (
        select
            case when w.t < o.first_until then o.increment else o.later_increment end as increment,
            case when w.t < o.first_until then o.unit_price else o.later_price end as price,
            least(
                w.quantity, (q.until_us - w.start_us + 999999) / 1000000,
                case when w.t < o.first_until then o.first_until else w.quantity end
            ) as until
    ) a
    cross join lateral (
        select a.price, case when w.t = 0 and w.minimum > a.increment then w.minimum
            else steps(a.until - w.t, a.increment) end as step
    ) s
    where w.t < w.quantity
),
walked as (
    select row, charge_kind, t, first_t * unit_price + (t - first_t) * later_price as total
    from (
        select *, case when first_t >= quantity then first_t
            else first_t + steps(quantity - first_t, later_increment) end as t
        from inside_one_band
    ) stepped
    union all
    select row, charge_kind, t, total from walk where t >= quantity
),
charged as (
    select
        l.row, l.charge_kind, l.band_name, w.t,
        rounded(least(l.fee, l.cap), l.unit, l.mode) * l.scale as fee,
        rounded(least(w.total + l.fee, l.cap), l.unit, l.mode) * l.scale as charge
    from legs l join walked w on w.row = l.row and w.charge_kind = l.charge_kind
),
inside as (select row, sum(taken)::bigint as inside from takes group by row),
stated as (
    select *, case when reason is null then 'rated'
        when reason in ('not_answered', 'internal', 'too_short') then 'free' else 'unrated' end as status
    from judged
)
select
    f.call_id, f.feed, f.file_id, f.line_number, f.service, f.direction, f.own_number, f.other_number, f.dialled,
    f.answered_at, f.is_answered, f.quantity, f.country, f.zone, f.call_type, f.period, f.period as billing_period,
    o.customer_id, o.subscription_id, o.product,
    case when j.no_answer is null then j.deck end as deck,
    case when j.no_answer is null then j.prefix end as prefix,
    case when j.no_answer is null then j.destination end as destination,
    case when j.no_answer is null then coalesce(c.band_name, j.band) end as band,
    j.status, j.reason, coalesce(i.inside, 0) as in_bundle_quantity,
    case when j.status <> 'unrated' then coalesce(c.t, 0) end as billed_quantity,
    case when j.status <> 'unrated' then coalesce(c.fee, 0) end as connect_fee_micro_eur,
    case when j.status <> 'unrated' then coalesce(n.charge, 0) end as information_charge_micro_eur,
    case when j.status <> 'unrated' then coalesce(c.charge, 0) + coalesce(n.charge, 0) end as charge_micro_eur
from calls f
join stated j on j.row = f.row
left join owners o on o.owner = j.owner
left join inside i on i.row = j.row
left join charged c on c.row = j.row and c.charge_kind = 'call'
left join charged n on n.row = j.row and n.charge_kind = 'information';
