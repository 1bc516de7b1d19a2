-- Take down which differences the preparer lets stand, bound to what they say now: named by their number in an earlier
-- run, found in this one with the same amounts. Only those of our own lines: entries of others are accepted or
-- reversed, and a month is not closed while entries wait in Sage or an invoice lacks its offset. One row per
-- difference.
insert into recon.dismissal (
    run_no, company_id, period, cause, reference, job, extra, cost_code, category, commitment, item_number, amount_ours,
    amount_sage, row_hash, reason, content_hash, proposed_by
)
select
    d.run_no,
    d.company_id,
    d.period,
    d.cause,
    d.reference,
    d.job,
    d.extra,
    d.cost_code,
    d.category,
    d.commitment,
    coalesce(d.item_number, 0) as item_number,
    d.amount_ours,
    d.amount_sage,
    recon.difference_hash(d) as row_hash,
    w.reason,
    '' as content_hash,
    %(prepared_by)s
from unnest(%(dismiss_numbers)s::bigint[], %(dismiss_reasons)s::text[]) as w (difference_id, reason)
inner join recon.difference as f on f.difference_id = w.difference_id and f.company_id = %(company_id)s
inner join recon.difference as d
    on
        d.company_id = %(company_id)s and d.run_no = %(run_no)s and d.cause = f.cause and d.reference = f.reference
        and d.job = f.job and d.extra = f.extra and d.cost_code = f.cost_code and d.category = f.category
        and d.amount_ours = f.amount_ours and d.amount_sage = f.amount_sage
where
    d.state = 'open' and d.reference <> '' and d.job <> ''
    and d.cause in ('not_sent', 'rejected', 'posted_twice', 'wrong_amount', 'wrong_code', 'changed_in_sage')
order by w.difference_id
