-- Evidence: what was decided about every line this month's runs proposed; one row per run and line.
select
    l.run_no,
    l.line,
    l.kind,
    coalesce(s.transaction_type || ': ' || s.description || ', row ' || l.subject, l.subject) as subject,
    coalesce(l.amount, s.amount) as amount,
    l.proposed_because,
    l.proposed_by,
    l.decision,
    l.reason,
    l.decided_by,
    l.decided_at
from mart.proposal_line as l
-- By the table: the view of cost rows would be worked out for each line anew.
left join core.job_cost_transaction as s
    on l.kind = 'entry' and s.company_id = l.company_id and s.row_id = l.subject
where l.company_id = %(company_id)s and l.period = %(period)s and l.decision is not null
order by l.run_no, l.line
