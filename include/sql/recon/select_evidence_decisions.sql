-- Evidence: what was decided about every line this month's runs proposed; one row per run and line.
select
    l.run_no,
    l.line,
    l.kind,
    l.subject,
    l.amount,
    l.proposed_because,
    l.proposed_by,
    l.decision,
    l.reason,
    l.decided_by,
    l.decided_at
from mart.proposal_line as l
where l.company_id = %(company_id)s and l.period = %(period)s and l.decision is not null
order by l.run_no, l.line
