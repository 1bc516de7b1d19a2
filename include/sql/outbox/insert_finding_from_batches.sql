-- Files whose outcome is unknown or whose ack is overdue, and locked lanes; one row per file or lane.
insert into finding (record_key, rule_code, reason, remedy, owner_name, payload)
select
    b.file_name as record_key,
    case b.state when 'unknown' then 'outcome_unknown' else 'ack_overdue' end as rule_code,
    case b.state
        when 'unknown' then format('outcome of %%s is unknown: %%s', b.file_name, b.evidence ->> 'reason')
        else format('%%s was sent and nobody has acknowledged it', b.file_name)
    end as reason,
    case b.state
        when 'unknown'
            then 'Find out in Sage whether the entries arrived; two people decide by the runbook outcome-unknown.'
        else 'See whether the exchange agent on the Sage host runs; the file waits in to_sage.'
    end as remedy,
    'on-call' as owner_name,
    jsonb_build_object('flow', b.flow, 'seq', b.seq, 'rows', b.row_count, 'sha256', b.sha256) as payload
from outbox.batch as b
where
    b.company_id = %(company_id)s
    and (
        b.state = 'unknown'
        or (b.state = 'sent' and b.sent_at < clock_timestamp() - make_interval(mins => %(overdue_minutes)s))
    )
union all
select
    b.file_name as record_key,
    'answer_contradicts' as rule_code,
    format(
        'an answer about %%s came late and contradicts what was taken: %%s', b.file_name, b.evidence ->> 'late_answer'
    )
        as reason,
    'Compare the answer with the file on the Sage side; the next reconciliation checks the lines.' as remedy,
    'on-call' as owner_name,
    jsonb_build_object('flow', b.flow, 'seq', b.seq, 'state', b.state) as payload
from outbox.batch as b
where b.company_id = %(company_id)s and b.evidence ? 'late_answer'
union all
select
    c.flow || ' ' || c.environment as record_key,
    'lane_locked' as rule_code,
    format('lane %%s is locked: %%s', c.flow, c.lock_reason) as reason,
    'Re-adopt the files sent before the restore by the runbook restored-database.' as remedy,
    'on-call' as owner_name,
    jsonb_build_object('flow', c.flow, 'last_seq', c.last_seq) as payload
from outbox.file_counter as c
where c.company_id = %(company_id)s and c.is_locked
