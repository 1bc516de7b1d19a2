-- The events of the golden transaction that were put in, and how far each is; one row per event.
select
    w.event_id,
    coalesce(t.status, 'waiting') as status,
    coalesce(
        t.rule,
        (
            select min(x.rule)
            from audit.exception as x
            where x.company_id = %(company_id)s and x.record_key = w.event_id and x.closed_at is null
        ),
        'still in the inbox'
    ) as rule
from unnest(%(event_ids)s::text[]) as w (event_id)
left join ledger.event_tag as t on t.company_id = %(company_id)s and t.event_id = w.event_id
where
    t.event_id is not null
    or exists (
        select
        from ledger.event_inbox as i
        where i.company_id = %(company_id)s and i.event_id = w.event_id
    )
