-- Propose a correcting line for every difference a correction cures: our amount less Sage's on the right codes; for a
-- row of others only where this run decided to reverse it. One row per difference of at least the materiality.
-- A row of ours that is gone from CURRENT may be on its way to the history: nothing is proposed for it until both
-- extracts have come once more.
insert into recon.adjustment (
    run_no, company_id, period, difference_id, corrects_reference, job, extra, cost_code, category, commitment,
    item_number, transaction_date, amount, reason, content_hash, proposed_by
)
select
    d.run_no,
    d.company_id,
    d.period,
    d.difference_id,
    d.reference as corrects_reference,
    d.job,
    d.extra,
    d.cost_code,
    d.category,
    d.commitment,
    d.item_number,
    d.transaction_date,
    d.amount_ours - d.amount_sage as amount,
    case d.cause
        when 'wrong_amount' then 'Sage posted another amount'
        when 'wrong_code' then 'Sage posted on other codes'
        when 'changed_in_sage' then 'Row was changed in Sage after posting'
        when 'posted_twice' then 'Reference stands in Sage more than once'
        else 'Entry of others, reversed by decision'
    end as reason,
    '' as content_hash,
    r.prepared_by as proposed_by
from recon.difference as d
inner join recon.run as r on r.company_id = d.company_id and r.run_no = d.run_no
where
    d.company_id = %(company_id)s and d.run_no = %(run_no)s
    and (
        (d.cause in ('wrong_amount', 'wrong_code', 'changed_in_sage', 'posted_twice') and d.state = 'open')
        or (d.cause in ('foreign_entry', 'ap_unmatched') and d.state = 'proposed')
    )
    and not exists (
        select
        from core.job_cost_transaction as t
        inner join audit.watermark as w
            on w.company_id = t.company_id and w.flow in ('JCT', 'JCH') and w.landed_at <= t.gone_at
        inner join core.company as y on y.company_id = w.company_id and y.environment = w.environment
        where
            t.company_id = d.company_id and t.ref_1 = d.reference and t.ref_1 <> '' and t.source = 'CURRENT'
            and d.cause not in ('foreign_entry', 'ap_unmatched')
    )
order by d.difference_id
