-- Record how the totals of commitment items have moved since they were last recorded, as far as no document of the link
-- explains it; one row per total that moved, and one when a total is first seen. What a link serves is derived no more,
-- and what was derived before is taken back. Doing it again adds nothing: a move is the total less what is recorded.
with wanted as (
    select
        k.kind,
        k.is_derived
    from (
        values
        ('approved', %(derives_changes)s::boolean),
        ('pending', %(derives_changes)s::boolean),
        ('invoiced', %(derives_invoices)s::boolean)
    ) as k (kind, is_derived)
    where
        k.is_derived
        or exists (
            select
            from landing.hosted_change as h
            where h.company_id = %(company_id)s and h.kind = k.kind
        )
),

item as (
    select
        d.document_id,
        d.version,
        d.seen_at,
        btrim(c.body ->> 'Code') as commitment,
        btrim(d.body ->> 'Code')::integer as item_number,
        left(c.body ->> 'Date', 10)::date as committed_on,
        w.kind,
        w.is_derived,
        nullif((d.body ->> 'UnitCost')::numeric, 0) as unit_cost,
        (d.body ->> 'Units')::numeric = 0 as is_lump_sum,
        coalesce(
            (
                case w.kind
                    when 'approved' then d.body ->> 'AmountApproved'
                    when 'pending' then d.body ->> 'AmountPending'
                    else d.body ->> 'AmountInvoiced'
                end
            )::numeric,
            0
        ) as amount,
        case when w.kind = 'invoiced' then coalesce((d.body ->> 'UnitsInvoiced')::numeric, 0) else 0 end as units
    from landing.hosted_document as d
    inner join landing.hosted_document as c
        on c.company_id = d.company_id and c.resource = 'commitments' and c.document_id = d.parent_id
    cross join wanted as w
    where d.company_id = %(company_id)s and d.resource = 'commitment_items'
),

-- What documents show that the link serves no more but has served.
shown as (
    select
        i.body ->> 'CommitmentItemId' as document_id,
        lower(o.body ->> 'StatusName') as kind,
        0 as units,
        (i.body ->> 'Amount')::numeric as amount
    from landing.hosted_document as i
    inner join landing.hosted_document as o
        on
            o.company_id = i.company_id and o.resource = 'change_orders'
            and o.document_id = i.body ->> 'ChangeOrderId'
    where i.company_id = %(company_id)s and i.resource = 'change_order_items'
    union all
    select
        t.body ->> 'CommitmentItemId' as document_id,
        'invoiced' as kind,
        coalesce((t.body ->> 'Units')::numeric, 0) as units,
        (t.body ->> 'Amount')::numeric as amount
    from landing.hosted_document as t
    where
        t.company_id = %(company_id)s and t.resource = 'transactions'
        and t.body ->> 'TransactionTypeName' = 'AP cost'
        and t.body ->> 'File' in ('Current', 'History')
        and not coalesce((t.body ->> 'IsArchived')::boolean, false)
        and t.body ->> 'CommitmentItemId' is not null
),

shown_total as (
    select
        s.document_id,
        s.kind,
        sum(s.units) as units,
        sum(s.amount) as amount
    from shown as s
    group by s.document_id, s.kind
),

recorded as (
    select
        h.document_id,
        h.kind,
        max(h.number) as number,
        sum(h.units) as units,
        sum(h.amount) as amount
    from landing.hosted_change as h
    where h.company_id = %(company_id)s
    group by h.document_id, h.kind
),

move as (
    select
        i.*,
        coalesce(r.number, 0) as number,
        r.number is null
        and not exists (
            select
            from landing.hosted_document as d
            where
                d.company_id = %(company_id)s
                and d.resource = case i.kind when 'invoiced' then 'transactions' else 'change_orders' end
        ) as is_first,
        coalesce(r.units, 0) as units_recorded,
        case when i.is_derived then i.units - coalesce(s.units, 0) else 0 end - coalesce(r.units, 0) as units_moved,
        case when i.is_derived then i.amount - coalesce(s.amount, 0) else 0 end - coalesce(r.amount, 0) as amount_moved
    from item as i
    left join shown_total as s on s.document_id = i.document_id and s.kind = i.kind
    left join recorded as r on r.document_id = i.document_id and r.kind = i.kind
),

-- The service tells money only. Read as units, a move is a number of units at the item's unit cost where one fits.
told as (
    select
        m.*,
        case
            when m.kind = 'invoiced' then m.units_moved
            when not m.is_derived then -m.units_recorded
            when
                %(is_units)s::boolean and not m.is_lump_sum
                and round(round(m.amount_moved / m.unit_cost, 4) * m.unit_cost, 2) = m.amount_moved
                then round(m.amount_moved / m.unit_cost, 4)
            else 0
        end as units_told
    from move as m
),

seen as (
    select
        t.*,
        t.units_told <> 0 or t.amount_moved <> 0 as has_moved,
        case when t.is_derived then t.seen_at else now() end as known_at
    from told as t
    where t.units_told <> 0 or t.amount_moved <> 0 or (t.is_derived and t.number = 0)
),

numbered as (
    select
        s.*,
        row_number() over (partition by s.commitment, s.kind = 'invoiced', s.has_moved order by s.item_number, s.kind)
            as place
    from seen as s
),

last_order as (
    select
        h.commitment,
        count(*) as orders
    from landing.hosted_change as h
    where h.company_id = %(company_id)s and h.kind <> 'invoiced' and h.record is not null
    group by h.commitment
)

insert into landing.hosted_change (
    company_id, kind, document_id, number, commitment, item_number, record, dated_on, seen_at, version, units, amount,
    is_first
)
select
    %(company_id)s,
    n.kind,
    n.document_id,
    n.number + 1 as number,
    n.commitment,
    n.item_number,
    case
        when not n.has_moved then null
        when n.kind = 'invoiced'
            then md5(concat_ws('|', %(company_id)s::text, n.document_id, n.number + 1))::uuid::text
        else 'DRV' || lpad((coalesce(l.orders, 0) + n.place)::text, 6, '0')
    end as record,
    case when n.is_first then n.committed_on else (n.known_at at time zone %(zone)s)::date end as dated_on,
    n.known_at as seen_at,
    n.version,
    n.units_told as units,
    n.amount_moved as amount,
    n.is_first
from numbered as n
left join last_order as l on l.commitment = n.commitment
