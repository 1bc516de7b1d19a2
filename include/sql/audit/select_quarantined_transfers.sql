-- Landed transfers of a flow that left rows in quarantine; one row per transfer, oldest first.
select
    t.transfer_id,
    t.file_name,
    t.manifest ->> 'zone' as zone,
    count(distinct x.record_key) as records
from audit.exception as x
inner join audit.transfer as t on t.company_id = x.company_id and t.transfer_id = x.transfer_id and t.state = 'landed'
where
    x.company_id = %(company_id)s
    and x.record_kind = %(record_kind)s
    and x.closed_at is null
    and jsonb_typeof(x.payload) = 'object'
    and t.flow = %(flow)s
    and t.environment = %(environment)s
    and t.transfer_id <> all(%(just_taken)s)
group by t.transfer_id, t.file_name, zone
order by t.transfer_id
