-- Lines of a month's proposals that somebody refused, newest first; one row per run and line.
select
    l.run_no,
    l.line,
    l.kind,
    l.subject,
    l.amount,
    l.proposed_because,
    l.reason,
    l.decided_by,
    l.decided_at
from mart.proposal_line as l
where l.company_id = %(company_id)s and l.period = %(period)s and l.decision = 'refused'
order by l.decided_at desc, l.line asc
limit 200
