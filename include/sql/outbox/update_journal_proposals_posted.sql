-- Tell reconciliation which proposals of the journal the general ledger shows whole; one row per proposal.
update recon.journal as j
set state = 'posted'
where
    j.company_id = %(company_id)s
    and j.state = 'approved'
    and exists (
        select
        from outbox.journal_line as l
        where l.company_id = j.company_id and l.proposal_id = j.proposal_id
    )
    and not exists (
        select
        from outbox.journal_line as l
        where l.company_id = j.company_id and l.proposal_id = j.proposal_id and l.state <> 'posted'
    )
