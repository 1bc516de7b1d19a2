-- How many lines of a file Sage's mirror holds already, whatever their content; one row.
select
    count(*) as lines_in_sage,
    min(l.reference) as first_reference
from outbox.batch_line as l
inner join outbox.batch as b on b.company_id = l.company_id and b.batch_id = l.batch_id
where
    l.company_id = %(company_id)s and l.batch_id = %(batch_id)s
    and (
        exists (
            select
            from core.job_cost_transaction as t
            where
                t.company_id = l.company_id and t.ref_1 = l.reference and t.ref_1 <> ''
                -- What is gone may be on its way: from the entered to the posted, from there to the history.
                and (
                    t.gone_at is null
                    or exists (
                        select
                        from audit.watermark as w
                        where
                            w.company_id = t.company_id and w.environment = b.environment
                            and w.landed_at <= t.gone_at
                            and (w.flow = 'JCT' or (w.flow = 'JCH' and t.source = 'CURRENT'))
                    )
                )
        )
        or (
            l.journal_line_id is not null
            and exists (
                select
                from core.ledger_transaction as t
                where t.company_id = l.company_id and left(t.description, 10) = l.reference
            )
        )
        or exists (
            select
            from outbox.change_order as w
            inner join core.change_order as o
                on
                    o.company_id = w.company_id and o.commitment = w.commitment
                    and (o.change_order = w.reference or left(o.description, 10) = w.reference)
            where w.company_id = l.company_id and w.change_id = l.change_id and w.reference = l.reference
        )
    )
