-- Counts of what a sealed file of change orders must not have; one row, judged by its suite before the seal commits.
with line as (
    select
        l.line_number,
        l.reference,
        l.amount as amount_line,
        w.change_id,
        w.company_id,
        w.commitment,
        w.state,
        l.reference = w.reference as is_head,
        case when l.reference = w.reference then 0 else x.amount end as amount,
        coalesce(x.reference, w.reference) as reference_own,
        x.item_number,
        coalesce(lag(w.change_id) over (order by l.line_number) <> w.change_id, true) as is_first
    from outbox.batch_line as l
    left join outbox.change_order as w on w.company_id = l.company_id and w.change_id = l.change_id
    left join outbox.change_order_line as x
        on x.company_id = l.company_id and x.change_id = l.change_id and x.reference = l.reference
    where l.company_id = %(company_id)s and l.batch_id = %(batch_id)s
)

select
    count(*) as rows_sealed,
    count(*) - max(b.row_count) as rows_difference,
    (sum(l.amount_line) <> max(b.amount_debit) - max(b.amount_credit))::integer as totals_differ,
    max(l.line_number) - count(*) as line_number_gaps,
    count(*) - count(distinct l.reference) as references_repeated,
    count(*) filter (where l.reference is distinct from l.reference_own) as references_foreign,
    count(*) filter (where l.amount_line is distinct from l.amount) as amounts_changed,
    count(*) filter (where l.state is distinct from 'sealed') as changes_not_sealed,
    count(*) filter (where l.is_first is distinct from l.is_head) as heads_misplaced,
    (
        select count(*)
        from outbox.change_order_line as x
        where
            x.change_id in (select i.change_id from line as i)
            and x.reference not in (select i.reference from line as i)
    ) as lines_missing,
    count(*) filter (
        where not l.is_head and not exists (
            select
            from recon.ordered_line as o
            where
                o.company_id = l.company_id and o.commitment = l.commitment and o.item_number = l.item_number
                and not o.is_closed
        )
    ) as lines_not_open,
    count(*) filter (
        where l.is_head and exists (
            select
            from core.change_order as o
            where
                o.company_id = l.company_id and o.commitment = l.commitment
                and (o.change_order = l.reference or left(o.description, 10) = l.reference)
        )
    ) as changes_in_sage,
    (
        select count(*)
        from outbox.change_order_proposal as c
        inner join recon.proposed_event as p on p.company_id = c.company_id and p.proposal_id = c.proposal_id
        inner join recon.run as r on r.company_id = p.company_id and r.run_no = p.run_no
        left join audit.approval as v on v.company_id = p.company_id and v.approval_id = p.approval_id
        left join recon.line_decision as d
            on d.company_id = p.company_id and d.run_no = p.run_no and d.line = 'P' || p.proposal_id
        where
            c.change_id in (select i.change_id from line as i)
            and (
                p.state is distinct from 'approved' or v.content_hash is distinct from r.content_hash
                or v.decision is distinct from 'approved' or v.decided_by = v.prepared_by
                or d.decision is distinct from 'approved'
            )
    ) as changes_not_approved
from line as l
inner join outbox.batch as b on b.company_id = %(company_id)s and b.batch_id = %(batch_id)s
