-- Put one event of the golden transaction into the live inbox, unless it was put in before; one row or none.
insert into ledger.event_inbox (company_id, event_id, document)
select
    %(company_id)s,
    %(event_id)s,
    %(document)s
where
    not exists (
        select
        from ledger.event_inbox as i
        where i.company_id = %(company_id)s and i.event_id = %(event_id)s
    )
    and not exists (
        select
        from ledger.material_event as e
        where e.company_id = %(company_id)s and e.event_id = %(event_id)s
    )
