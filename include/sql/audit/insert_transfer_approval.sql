-- Keep a person's decision to take a waiting transfer, bound to its content; no row where no such transfer waits.
insert into audit.approval (
    company_id, subject_kind, subject_id, content_hash, prepared_by, decided_by, decision, comment, dag_id, run_id
)
select
    t.company_id,
    case when t.state = 'parked' then 'transfer_gap' else 'transfer_shrink' end as subject_kind,
    t.file_name as subject_id,
    t.sha256 as content_hash,
    'sender of ' || t.file_name as prepared_by,
    %(decided_by)s,
    'approved' as decision,
    %(comment)s,
    %(dag_id)s,
    %(run_id)s
from audit.transfer as t
where
    t.company_id = %(company_id)s
    and t.direction = 'in'
    and t.file_name = %(file_name)s
    and (t.state in ('parked', 'waiting_approval') or (t.state = 'refused' and t.reason like 'RS-212 %%'))
