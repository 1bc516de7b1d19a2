-- Make commitment change orders of approved proposals: one per commitment and approval, one line per PO line, whatever
-- says the same line summed. One row per proposal taken. A number follows from the commitment and how many change
-- orders it has of us, so that it is the same after a restore, and is none that Sage counts; two that meet are salted.
with approved as (
    select
        p.*,
        k.commitment_date,
        dense_rank() over (partition by p.commitment order by p.approval_id) + (
            select count(*)
            from outbox.change_order as w
            where w.company_id = p.company_id and w.commitment = p.commitment
        ) as change_no,
        (b.decided_at at time zone y.time_zone)::date as change_date,
        o.is_lump_sum
    from recon.proposed_event as p
    inner join audit.approval as b on b.company_id = p.company_id and b.approval_id = p.approval_id
    inner join core.company as y on y.company_id = p.company_id
    inner join core.commitment as k on k.company_id = p.company_id and k.commitment = p.commitment
    inner join recon.ordered_line as o
        on o.company_id = p.company_id and o.commitment = p.commitment and o.item_number = p.item_number
    where
        p.company_id = %(company_id)s and p.state = 'approved' and p.event_type = 'commitment_reduced'
        and p.amount is not null
        and not exists (
            select
            from outbox.change_order_proposal as l
            where l.company_id = p.company_id and l.proposal_id = p.proposal_id
        )
),

keyed as (
    select
        a.company_id,
        a.commitment,
        a.approval_id,
        a.change_date,
        0 as item_number,
        'change_order' as kind,
        0::numeric as units,
        0::numeric as amount,
        case
            when bool_and(a.reason like 'returned for credit%%') then 'returned for credit'
            when bool_and(a.reason like 'not received%%') then 'not to be received'
            else 'order reduced'
        end as words,
        outbox.natural_key(
            a.company_id, 'change_order', a.commitment_date, '', '', '', '', a.commitment, 0, '', a.change_no::integer
        ) as natural_key
    from approved as a
    group by a.company_id, a.commitment, a.commitment_date, a.approval_id, a.change_date, a.change_no
    union all
    select
        a.company_id,
        a.commitment,
        a.approval_id,
        a.change_date,
        a.item_number,
        'change_order_line' as kind,
        case when a.is_lump_sum then 0 else -sum(a.quantity) end as units,
        sum(a.amount) as amount,
        a.commitment || '/' || a.item_number as words,
        outbox.natural_key(
            a.company_id, 'change_order_line', a.commitment_date, '', '', '', '', a.commitment, a.item_number, '',
            a.change_no::integer
        ) as natural_key
    from approved as a
    group by
        a.company_id, a.commitment, a.commitment_date, a.approval_id, a.change_date, a.change_no, a.item_number,
        a.is_lump_sum
),

named as (
    select
        k.*,
        (
            select outbox.reference_text(k.kind, outbox.reference_number(k.natural_key, s.salt))
            from generate_series(0, 63) as s (salt)
            where
                not exists (
                    select
                    from outbox.change_order as w
                    where
                        w.company_id = k.company_id
                        and w.reference
                        = outbox.reference_text(k.kind, outbox.reference_number(k.natural_key, s.salt))
                )
                and not exists (
                    select
                    from outbox.change_order_line as l
                    where
                        l.company_id = k.company_id
                        and l.reference
                        = outbox.reference_text(k.kind, outbox.reference_number(k.natural_key, s.salt))
                )
            order by s.salt
            limit 1
        ) as reference
    from keyed as k
),

head as (
    insert into outbox.change_order (company_id, reference, commitment, approval_id, change_date, description)
    select
        n.company_id,
        n.reference,
        n.commitment,
        n.approval_id,
        n.change_date,
        n.reference || ' ' || n.words as description
    from named as n
    where n.kind = 'change_order'
    order by n.commitment, n.approval_id
    returning change_id, commitment, approval_id
),

line as (
    insert into outbox.change_order_line (
        company_id, reference, change_id, item_number, description, units, amount
    )
    select
        n.company_id,
        n.reference,
        h.change_id,
        n.item_number,
        n.reference || ' ' || n.words as description,
        n.units,
        n.amount
    from named as n
    inner join head as h on h.commitment = n.commitment and h.approval_id = n.approval_id
    where n.kind = 'change_order_line'
    returning change_id, item_number
)

insert into outbox.change_order_proposal (company_id, proposal_id, change_id, item_number)
select
    a.company_id,
    a.proposal_id,
    l.change_id,
    l.item_number
from approved as a
inner join head as h on h.commitment = a.commitment and h.approval_id = a.approval_id
inner join line as l on l.change_id = h.change_id and l.item_number = a.item_number
