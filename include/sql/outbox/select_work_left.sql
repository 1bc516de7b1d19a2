-- What is on its way to Sage for one company; one row of counts.
select
    (
        select count(*)
        from outbox.cost_posting as p
        where p.company_id = %(company_id)s and p.state in ('eligible', 'sealed', 'sending', 'sent', 'received')
    ) as costs_unsent,
    (
        select count(*)
        from outbox.cost_posting as p
        where p.company_id = %(company_id)s and p.state = 'accepted'
    ) as costs_unposted,
    (
        select count(*)
        from outbox.cost_posting as p
        where p.company_id = %(company_id)s and p.state = 'posted'
    ) as costs_posted,
    (
        select count(*)
        from outbox.receiving_confirmation as r
        where r.company_id = %(company_id)s and r.state in ('eligible', 'sealed', 'sending')
    ) as receipts_unsent
