-- How many events of a company are known: held in the ledger, or refused and kept as open exceptions; one row.
select
    (
        select count(*)
        from ledger.material_event as e
        where e.company_id = %(company_id)s
    ) as held,
    (
        select count(distinct x.record_key)
        from audit.exception as x
        where
            x.company_id = %(company_id)s and x.record_kind = 'event_document' and x.closed_at is null
            and not exists (
                select
                from ledger.material_event as e
                where e.company_id = x.company_id and e.event_id = x.record_key
            )
    ) as refused
