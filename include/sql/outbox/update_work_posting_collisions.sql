-- Give new lines whose reference another line has their next salt; 0 rows = none left; the older line keeps its own.
update work_posting as w
set
    salt = w.salt + 1,
    reference = outbox.reference_text(
        w.kind,
        outbox.reference_number(
            outbox.natural_key(
                %(company_id)s, w.kind, w.transaction_date, w.job, w.extra, w.cost_code, w.category, w.commitment,
                w.item_number, w.source_key, w.difference_no
            ), w.salt + 1
        )
    )
from (
    select
        d.work_id,
        row_number() over (partition by d.reference order by d.salt desc, d.work_id asc) as place,
        p.posting_id is not null as is_taken
    from work_posting as d
    left join outbox.cost_posting as p on p.company_id = %(company_id)s and d.reference = p.posting_reference
    where d.posting_id is null
) as c
where w.work_id = c.work_id and (c.is_taken or c.place > 1)
