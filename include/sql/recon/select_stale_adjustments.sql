-- Adjustments of a run, but for refused ones, that no longer fit: Sage or our books moved since they were proposed; one
-- row per adjustment.
with now_due as (
    select
        a.adjustment_id,
        a.corrects_reference,
        a.amount,
        coalesce(
            (
                select sum(p.amount)
                from outbox.cost_posting as p
                where
                    p.company_id = a.company_id and p.posting_reference = a.corrects_reference
                    -- What was undone before it left is nothing on our side.
                    and p.state <> 'reversed'
                    and p.job = a.job and p.extra = a.extra and p.cost_code = a.cost_code and p.category = a.category
            ),
            0
        )
        - coalesce(
            (
                select sum(s.amount)
                from recon.sage_cost_row as s
                where
                    s.company_id = a.company_id
                    and ((s.kind = 'own' and s.reference = a.corrects_reference) or s.row_id = a.corrects_reference)
                    and s.job = a.job and s.extra = a.extra and s.cost_code = a.cost_code and s.category = a.category
            ),
            0
        )
        - coalesce(
            (
                select sum(b.amount)
                from recon.adjustment as b
                where
                    b.company_id = a.company_id and b.corrects_reference = a.corrects_reference
                    and b.state in ('approved', 'sent', 'posted')
                    and b.job = a.job and b.extra = a.extra and b.cost_code = a.cost_code and b.category = a.category
            ),
            0
        ) as amount_due
    from recon.adjustment as a
    where
        a.company_id = %(company_id)s and a.run_no = %(run_no)s and a.state = 'proposed'
        and 'A' || a.adjustment_id <> all(%(refused_lines)s::text[])
)

select
    n.adjustment_id,
    n.corrects_reference,
    n.amount,
    n.amount_due
from now_due as n
where n.amount <> n.amount_due
order by n.adjustment_id
