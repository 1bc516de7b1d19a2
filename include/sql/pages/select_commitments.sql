-- Commitments whose id, vendor, job or item holds the words ('' = all); one row per commitment.
-- which: 'open' leaves out what is closed, '' gives all. `total` is the number of all that were found.
with found as (
    select
        c.company_id,
        c.commitment,
        c.commitment_type,
        c.commitment_date,
        c.is_closed,
        c.vendor,
        v.vendor_name,
        count(*) over () as total
    from core.commitment as c
    left join core.vendor as v on v.company_id = c.company_id and v.vendor = c.vendor
    where
        (%(which)s <> 'open' or not c.is_closed)
        and (
            %(words)s = ''
            or c.commitment ilike '%%' || %(words)s || '%%'
            or v.vendor_name ilike '%%' || %(words)s || '%%'
            or exists (
                select
                from core.commitment_item as i
                left join core.item as m on m.company_id = i.company_id and m.standard_item = i.standard_item
                where
                    i.company_id = c.company_id and i.commitment = c.commitment
                    and (
                        i.job ilike '%%' || %(words)s || '%%'
                        or i.standard_item ilike '%%' || %(words)s || '%%'
                        or m.description ilike '%%' || %(words)s || '%%'
                    )
            )
        )
    order by c.company_id, c.commitment
    limit %(page_rows)s offset %(rows_before)s
)

select
    f.company_id,
    f.commitment,
    f.commitment_type,
    f.commitment_date,
    f.is_closed,
    f.vendor,
    f.vendor_name,
    f.total,
    l.lines,
    l.jobs,
    l.amount_original + coalesce(x.amount_changes, 0) as amount_revised,
    coalesce(w.amount_received, 0) as amount_received,
    coalesce(w.amount_installed, 0) as amount_installed,
    coalesce(p.amount_invoiced, 0) as amount_invoiced
from found as f
inner join lateral (
    select
        count(*) as lines,
        string_agg(distinct i.job, ', ' order by i.job) as jobs,
        sum(i.amount - i.amount_tax) as amount_original
    from core.commitment_item as i
    where i.company_id = f.company_id and i.commitment = f.commitment
) as l on true
inner join lateral (
    select sum(i.amount) as amount_changes
    from core.change_order as o
    inner join core.change_order_item as i
        on i.company_id = o.company_id and i.commitment = o.commitment and i.change_order = o.change_order
    where o.company_id = f.company_id and o.commitment = f.commitment and o.status = 'Approved'
) as x on true
inner join lateral (
    select
        sum(e.amount) filter (where e.measure = 'received') as amount_received,
        sum(e.amount) filter (where e.measure = 'installed') as amount_installed
    from ledger.value_entry as e
    where e.company_id = f.company_id and e.commitment = f.commitment
) as w on true
inner join lateral (
    select sum(t.amount) as amount_invoiced
    from core.job_cost_transaction as t
    where
        t.company_id = f.company_id and t.commitment = f.commitment and t.item_number is not null
        -- The index leaves out rows without one.
        and t.commitment <> ''
        and t.transaction_type = 'AP cost' and t.source in ('CURRENT', 'HISTORY') and t.gone_at is null
) as p on true
order by f.company_id, f.commitment
