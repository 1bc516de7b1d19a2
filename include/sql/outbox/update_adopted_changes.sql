-- Take over what a file sent before a restore says of a change order that has come into being again, if the file has
-- all of it with the same amounts. One row per change order.
with sent as (
    select
        p.reference,
        p.change_id,
        p.version_no,
        p.amount
    from (
        select
            w.reference,
            w.change_id,
            w.version_no,
            0::numeric as amount
        from outbox.change_order as w
        where w.company_id = %(company_id)s and w.state in ('eligible', 'held')
        union all
        select
            l.reference,
            w.change_id,
            w.version_no,
            l.amount
        from outbox.change_order as w
        inner join outbox.change_order_line as l on l.company_id = w.company_id and l.change_id = w.change_id
        where w.company_id = %(company_id)s and w.state in ('eligible', 'held')
    ) as p
),

whole as (
    select
        s.change_id,
        b.batch_id
    from sent as s
    left join outbox.batch_line as l
        on
            l.company_id = %(company_id)s and l.reference = s.reference and l.amount = s.amount
            and l.posting_id is null and l.event_id is null and l.journal_line_id is null and l.change_id is null
    left join outbox.batch as b on b.company_id = l.company_id and b.batch_id = l.batch_id and b.flow = 'CMT'
    group by s.change_id, b.batch_id
    having
        b.batch_id is not null
        and count(*) = (
            select count(*)
            from sent as x
            where x.change_id = s.change_id
        )
),

adopted as (
    update outbox.batch_line as l
    set change_id = s.change_id, version_no = s.version_no
    from whole as h
    inner join sent as s on s.change_id = h.change_id
    where
        l.company_id = %(company_id)s and l.batch_id = h.batch_id and l.reference = s.reference and l.change_id is null
    returning l.company_id, l.change_id, l.batch_id, l.reference, l.result, l.result_code, l.result_message
)

update outbox.change_order as w
set
    state = case a.result when 'ACCEPTED' then 'accepted' when 'REJECTED' then 'rejected' else 'received' end,
    hold_rule = null,
    hold_reason = null,
    reject_reason
    = case when a.result = 'REJECTED' then concat_ws(': ', nullif(a.result_code, ''), a.result_message) end,
    sealed_at = b.sealed_at,
    sent_at = b.sent_at,
    received_at = b.received_at,
    accepted_at = case when a.result = 'ACCEPTED' then b.answered_at end
from adopted as a
inner join outbox.batch as b on b.company_id = a.company_id and b.batch_id = a.batch_id
where w.company_id = a.company_id and w.change_id = a.change_id and w.reference = a.reference
