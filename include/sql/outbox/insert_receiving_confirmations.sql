-- New receiving confirmations, the first of an event or a difference to what was told; one row each. A reference that
-- left in a file, though rejected, is used again with a higher version only.
with numbered as (
    select
        w.*,
        greatest(coalesce(r.last_no, 0), coalesce(f.last_no, 0))
        + row_number() over (partition by w.event_id order by w.commitment, w.item_number) as difference_no
    from work_confirmation as w
    left join lateral (
        select max(c.difference_no) as last_no
        from outbox.receiving_confirmation as c
        where c.company_id = %(company_id)s and c.event_id = w.event_id
    ) as r on true
    -- Files sent before a restore may hold differences we know no more.
    left join lateral (
        select max(substring(l.event_id from '[0-9]+$')::integer) as last_no
        from outbox.batch_line as l
        inner join outbox.batch as b on b.company_id = l.company_id and b.batch_id = l.batch_id
        where
            l.company_id = %(company_id)s and l.event_id ~ '#[0-9]+$'
            and regexp_replace(l.event_id, '#[0-9]+$', '') = w.event_id and b.evidence ? 'adopted'
            and r.last_no is not null
    ) as f on true
    where w.open_no is null and w.units_due <> 0
)

insert into outbox.receiving_confirmation (
    company_id,
    event_id,
    difference_no,
    receipt_event_id,
    commitment,
    item_number,
    receipt_date,
    units,
    unit,
    standard_item,
    vendor,
    job,
    version_no
)
select
    %(company_id)s,
    n.event_id,
    n.difference_no,
    n.receipt_event_id,
    n.commitment,
    n.item_number,
    n.receipt_date,
    n.units_due,
    n.unit,
    n.standard_item,
    n.vendor,
    n.job,
    coalesce(v.last_version, 0) + 1 as version_no
from numbered as n
left join lateral (
    select max(l.version_no) as last_version
    from outbox.batch_line as l
    inner join outbox.batch as b on b.company_id = l.company_id and b.batch_id = l.batch_id
    where
        l.company_id = %(company_id)s and not b.evidence ? 'adopted'
        and l.event_id = n.event_id || case n.difference_no when 1 then '' else '#' || n.difference_no end
) as v on true
