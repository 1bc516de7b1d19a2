-- Differences that are cost rows of others: neither ours nor an invoice of a PO line nor named by a rule, and not yet
-- decided. One row per Sage row dated by the period's end; what this run decides about it is said in its state.
with corrections as (
    select
        a.corrects_reference as row_id,
        sum(a.amount) as amount
    from recon.adjustment as a
    where a.company_id = %(company_id)s and a.state in ('approved', 'sent', 'posted')
    group by a.corrects_reference
)

insert into recon.difference (
    run_no, company_id, period, side, cause, reference, sage_transaction_id, job, extra, cost_code, category,
    transaction_date, amount_ours, amount_sage, state, explanation, first_seen_at
)
select
    %(run_no)s,
    %(company_id)s,
    %(period)s,
    'sage' as side,
    case s.kind when 'foreign' then 'foreign_entry' else 'ap_unmatched' end as cause,
    s.row_id as reference,
    s.row_id as sage_transaction_id,
    s.job,
    s.extra,
    s.cost_code,
    s.category,
    s.transaction_date,
    0 as amount_ours,
    s.amount + coalesce(k.amount, 0) as amount_sage,
    case
        when d.decision in ('accept', 'link') then 'explained' when d.decision = 'reverse' then 'proposed' else 'open'
    end as state,
    s.transaction_type || ' "' || s.description || '" by ' || coalesce(nullif(s.operator_stamp, ''), 'unknown')
    || case d.decision
        when 'accept' then ': accepted as it stands'
        when 'link' then ': belongs to ' || d.commitment || '/' || d.item_number
        when 'reverse' then ': to be reversed'
        else ': a person accepts it or has it reversed (accept_entries, reverse_entries)'
    end as explanation,
    coalesce(
        (
            select min(f.first_seen_at)
            from recon.difference as f
            where f.company_id = %(company_id)s and f.reference = s.row_id
        ),
        now()
    ) as first_seen_at
from work_sage_row as s
left join recon.standing_decision as h on h.company_id = %(company_id)s and h.row_id = s.row_id
left join corrections as k on k.row_id = coalesce(h.decided_row_id, s.row_id)
left join recon.foreign_decision as d on d.company_id = %(company_id)s and d.run_no = %(run_no)s and d.row_id = s.row_id
where
    s.kind in ('foreign', 'ap_unmatched') and not s.is_accepted
    and s.transaction_date <= %(period_end)s
    and s.amount + coalesce(k.amount, 0) <> 0
