-- Close exceptions about records that will never land, by a person's decision, which is kept with its reason and the
-- hash of what was given up; one row per exception that this run has closed, now or in an earlier try. No row where the
-- record is ours, still may land by itself, or is no open exception.
with chosen as (
    select
        x.exception_id,
        x.company_id,
        x.owner,
        x.payload
    from audit.exception as x
    left join audit.transfer as t on t.company_id = x.company_id and t.transfer_id = x.transfer_id
    where
        x.exception_id = any(%(exception_ids)s::bigint[])
        and x.closed_at is null
        and x.record_kind not in (
            'material_event', 'cost_posting', 'receiving_confirmation', 'job_cost_transaction', 'batch'
        )
        and (x.record_kind <> 'file' or t.state in ('quarantined', 'superseded'))
    for update of x
),

decision as (
    insert into audit.approval (
        company_id, subject_kind, subject_id, content_hash, prepared_by, decided_by, decision, comment, dag_id, run_id
    )
    select
        c.company_id,
        'exception' as subject_kind,
        c.exception_id::text as subject_id,
        encode(sha256(convert_to(c.payload::text, 'UTF8')), 'hex') as content_hash,
        'owner ' || c.owner as prepared_by,
        %(decided_by)s,
        'approved' as decision,
        %(reason)s,
        %(dag_id)s,
        %(run_id)s
    from chosen as c
    returning company_id, subject_id
),

closed as (
    update audit.exception as x
    set closed_at = now(), closed_by = 'dismissed by ' || %(decided_by)s, dismissed_reason = %(reason)s
    from decision as d
    where x.company_id = d.company_id and x.exception_id = d.subject_id::bigint
    returning x.exception_id
)

select c.exception_id
from closed as c
union all
select a.subject_id::bigint as exception_id
from audit.approval as a
where
    a.subject_kind = 'exception' and a.dag_id = %(dag_id)s and a.run_id = %(run_id)s
    and a.subject_id = any(%(exception_ids)s::text[])
