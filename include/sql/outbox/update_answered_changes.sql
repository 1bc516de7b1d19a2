-- Give change orders the answer of their file: the head's decides whether it stands in Sage; what is said of lines is
-- kept with it. Read-back from Sage outranks it; one row per change order.
update outbox.change_order as w
set
    state = case when l.result = 'ACCEPTED' then 'accepted' else 'rejected' end,
    sent_at = coalesce(w.sent_at, clock_timestamp()),
    accepted_at = case when l.result = 'ACCEPTED' then clock_timestamp() end,
    reject_reason = (
        select string_agg(concat_ws(': ', nullif(x.result_code, ''), x.result_message), '; ' order by x.line_number)
        from outbox.batch_line as x
        where
            x.company_id = l.company_id and x.batch_id = l.batch_id and x.change_id = w.change_id
            and x.version_no = w.version_no and x.result = 'REJECTED'
    )
from outbox.batch_line as l
where
    l.company_id = %(company_id)s and l.batch_id = %(batch_id)s
    and w.company_id = l.company_id and w.change_id = l.change_id
    and w.reference = l.reference
    and w.version_no = l.version_no
    and w.state not in ('posted', 'reversed')
