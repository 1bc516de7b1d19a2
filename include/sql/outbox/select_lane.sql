-- What a lane does next: the file whose outcome is unknown, those under way, the next sealed one; one row.
select
    (
        select min(b.file_name)
        from outbox.batch as b
        where
            b.company_id = %(company_id)s and b.flow = %(flow)s and b.environment = %(environment)s
            and b.state = 'unknown'
    ) as unknown_file,
    (
        select min(b.batch_id)
        from outbox.batch as b
        where
            b.company_id = %(company_id)s and b.flow = %(flow)s and b.environment = %(environment)s
            and b.state = 'sending'
    ) as sending_batch,
    (
        select min(b.batch_id)
        from outbox.batch as b
        where
            b.company_id = %(company_id)s and b.flow = %(flow)s and b.environment = %(environment)s
            and b.state = 'sent' and b.flow <> 'RCV'
    ) as waiting_batch,
    (
        select b.batch_id
        from outbox.batch as b
        where
            b.company_id = %(company_id)s and b.flow = %(flow)s and b.environment = %(environment)s
            and b.state = 'sealed'
        order by b.seq
        limit 1
    ) as sealed_batch
