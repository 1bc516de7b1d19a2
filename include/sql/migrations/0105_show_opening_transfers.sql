-- The opening entry of what was moved before the cutover stands on the codes it was moved to, as postings do.
create or replace view mart.opening_entry with (security_invoker = true) as
with line as (
    select
        p.company_id,
        p.commitment,
        p.item_number,
        p.cutover,
        p.policy,
        y.profile ->> 'opening_entry' = 'posted' as is_posted_by_runblu
    from ledger.line_policy as p
    inner join core.company as y on y.company_id = p.company_id
    where p.cutover is not null and p.cutover >= p.valid_from and p.cutover < p.valid_to
),

part as (
    select
        l.company_id,
        l.commitment,
        l.item_number,
        r.job,
        r.extra,
        r.cost_code,
        r.category,
        'billed' as part,
        r.amount
    from line as l
    inner join outbox.mirrored_ap_row as r
        on
            r.company_id = l.company_id and r.commitment = l.commitment and r.item_number = l.item_number
            and r.transaction_date < l.cutover
    where l.policy = 'installation'
    union all
    select
        l.company_id,
        l.commitment,
        l.item_number,
        v.job,
        v.extra,
        v.cost_code,
        v.category,
        'consumed' as part,
        v.amount
    from line as l
    inner join ledger.value_entry as v
        on
            v.company_id = l.company_id and v.commitment = l.commitment and v.item_number = l.item_number
            and v.entry_date < l.cutover and v.measure in ('installed', 'wasted')
    where l.policy = 'installation'
    union all
    select
        l.company_id,
        l.commitment,
        l.item_number,
        o.job,
        o.extra,
        o.cost_code,
        o.category,
        'price' as part,
        o.amount
    from line as l
    inner join ledger.opening_price as o
        on o.company_id = l.company_id and o.commitment = l.commitment and o.item_number = l.item_number
    where l.policy = 'installation'
    union all
    select
        l.company_id,
        l.commitment,
        l.item_number,
        i.job,
        i.extra,
        i.cost_code,
        i.category,
        'accrued' as part,
        a.amount_received_not_invoiced as amount
    from (
        select distinct
            company_id,
            cutover
        from line
        where policy = 'receipt'
    ) as d
    cross join lateral mart.commitment_position_at(d.company_id, d.cutover - 1) as a
    inner join line as l
        on
            l.company_id = d.company_id and l.cutover = d.cutover and l.policy = 'receipt'
            and l.commitment = a.commitment and l.item_number = a.item_number
    inner join core.commitment_item as i
        on i.company_id = l.company_id and i.commitment = l.commitment and i.item_number = l.item_number
    union all
    -- What was moved stands on the codes it was moved to.
    select
        l.company_id,
        l.commitment,
        l.item_number,
        v.job,
        v.extra,
        v.cost_code,
        v.category,
        'accrued' as part,
        v.amount
    from line as l
    inner join ledger.value_entry as v
        on
            v.company_id = l.company_id and v.commitment = l.commitment and v.item_number = l.item_number
            and v.entry_date < l.cutover and v.measure = 'transferred'
    where l.policy = 'receipt'
)

select
    p.company_id,
    p.commitment,
    p.item_number,
    p.job,
    p.extra,
    p.cost_code,
    p.category,
    l.cutover,
    l.policy,
    coalesce(sum(p.amount) filter (where p.part = 'billed'), 0)::numeric(14, 2) as amount_billed,
    coalesce(sum(p.amount) filter (where p.part = 'consumed'), 0)::numeric(14, 2) as amount_consumed,
    coalesce(sum(p.amount) filter (where p.part = 'price'), 0)::numeric(14, 2) as amount_price_variance,
    coalesce(sum(p.amount) filter (where p.part = 'accrued'), 0)::numeric(14, 2) as amount_accrual,
    sum(case p.part when 'billed' then -p.amount else p.amount end)::numeric(14, 2) as amount_entry,
    coalesce(l.is_posted_by_runblu, false) as is_posted_by_runblu
from part as p
inner join line as l
    on l.company_id = p.company_id and l.commitment = p.commitment and l.item_number = p.item_number
group by
    p.company_id, p.commitment, p.item_number, p.job, p.extra, p.cost_code, p.category, l.cutover, l.policy,
    l.is_posted_by_runblu;
