-- Whether a lane has anything to seal; one row.
select
    exists (
        select
        from outbox.cost_posting as p
        where
            %(flow)s in ('DC', 'ADJ')
            and p.company_id = %(company_id)s
            and p.is_open
            and p.state = 'eligible'
            and (p.kind = 'adjustment') = (%(flow)s = 'ADJ')
    )
    or exists (
        select
        from outbox.receiving_confirmation as r
        where %(flow)s = 'RCV' and r.company_id = %(company_id)s and r.state = 'eligible'
    )
    or exists (
        select
        from outbox.journal_line as l
        where %(flow)s = 'GLJ' and l.company_id = %(company_id)s and l.state = 'eligible'
    )
    or exists (
        select
        from outbox.change_order as w
        where %(flow)s = 'CMT' and w.company_id = %(company_id)s and w.state = 'eligible'
    ) as has_sealable
