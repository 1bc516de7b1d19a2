-- Counts of what a sealed journal file must not have; one row, judged by its suite before the seal is committed.
with line as (
    select
        l.line_number,
        l.reference,
        l.amount as amount_line,
        j.line_id,
        j.reference as reference_own,
        j.description,
        j.amount,
        j.debit_account,
        j.credit_account,
        j.accounting_date,
        j.state,
        j.company_id,
        j.proposal_id
    from outbox.batch_line as l
    left join outbox.journal_line as j on l.company_id = j.company_id and l.journal_line_id = j.line_id
    where l.company_id = %(company_id)s and l.batch_id = %(batch_id)s
)

select
    count(*) as rows_sealed,
    count(*) - max(b.row_count) as rows_difference,
    (sum(l.amount_line) <> max(b.amount_debit) - max(b.amount_credit))::integer as totals_differ,
    max(l.line_number) - count(*) as line_number_gaps,
    count(*) - count(distinct l.reference) as references_repeated,
    count(*) filter (where l.reference is distinct from l.reference_own or left(l.description, 10) <> l.reference)
        as references_foreign,
    count(*) filter (where l.amount_line is distinct from l.amount) as amounts_changed,
    count(*) filter (where l.state is distinct from 'sealed') as lines_not_sealed,
    count(*) filter (where l.debit_account = '' or l.credit_account = '' or l.debit_account = l.credit_account)
        as accounts_missing,
    count(*) filter (where not outbox.is_ledger_open(l.company_id, l.accounting_date)) as months_not_open,
    count(*) filter (
        where exists (
            select
            from core.ledger_transaction as t
            where t.company_id = l.company_id and left(t.description, 10) = l.reference
        )
    ) as references_in_sage,
    count(*) filter (
        where not exists (
            select
            from recon.journal as p
            inner join audit.approval as v on p.company_id = v.company_id and p.approval_id = v.approval_id
            where
                p.company_id = l.company_id and p.proposal_id = l.proposal_id
                and p.state = 'approved'
                and v.content_hash = p.content_hash
                and v.decision = 'approved'
                and v.decided_by <> v.prepared_by
                and v.decided_by <> p.proposed_by
        )
    ) as journals_not_approved
from line as l
inner join outbox.batch as b on b.company_id = %(company_id)s and b.batch_id = %(batch_id)s
