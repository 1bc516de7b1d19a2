-- What decides about cost on a day: policy in force, managed lines, open month; one row per promise.
with policy as (
    select
        p.job,
        p.policy
    from ledger.job_policy as p
    where p.company_id = %(company_id)s and %(day)s >= p.valid_from and %(day)s < p.valid_to
),

lost as (
    select string_agg(distinct c.job, ', ') as jobs
    from core.cost_policy as c
    where
        c.company_id = %(company_id)s and c.job <> ''
        and not exists (
            select from core.job as j
            where j.company_id = c.company_id and j.job = c.job
        )
),

managed as (
    select distinct
        v.company_id,
        v.commitment,
        v.item_number
    from ledger.line_policy as v
    where v.company_id = %(company_id)s and %(day)s >= v.valid_from and %(day)s < v.valid_to
),

counted as (
    select
        p.policy,
        count(*) as jobs
    from policy as p
    group by p.policy
),

policies as (
    select coalesce(string_agg(g.policy || ' on ' || g.jobs || ' jobs', ', ' order by g.policy), 'no job') as words
    from counted as g
),

line as (
    select
        count(*) as lines,
        count(*) filter (where l.commitment is not null) as managed
    from core.commitment_item as i
    inner join core.commitment as c on c.company_id = i.company_id and c.commitment = i.commitment and not c.is_closed
    left join managed as l
        on l.company_id = i.company_id and l.commitment = i.commitment and l.item_number = i.item_number
    where i.company_id = %(company_id)s
)

select
    'cost.policy' as name,
    lost.jobs is null as is_good,
    policies.words || coalesce('; changes name jobs Sage does not have: ' || lost.jobs, '') as found,
    'a policy in force, and every change of it on a job of Sage' as expected,
    'correct policy_changes or cost_plus_jobs of the profile and store it again' as next_step
from lost
cross join policies
union all
select
    'cost.managed_lines' as name,
    line.managed > 0 as is_good,
    line.managed || ' of ' || line.lines || ' open PO lines are managed, by '
    || (
        select count(*) from core.managed_rule as r
        where r.company_id = %(company_id)s
    ) || ' rules' as found,
    'at least one open PO line is managed on ' || %(day)s as expected,
    'correct managed_lines of the profile (type, class, cutover), or let the feeds COMMIT and COMITEM arrive'
        as next_step
from line
union all
select
    'cost.period' as name,
    coalesce(min(f.status), '') = 'Open' as is_good,
    coalesce('job cost ' || min(f.period) || ' is ' || min(f.status), 'month unknown') as found,
    'the month of ' || %(day)s || ' is open in job cost' as expected,
    'open the month in Sage and let the feed PERIOD arrive, or set go_live.event_day into an open month' as next_step
from core.fiscal_period as f
where
    f.company_id = %(company_id)s and f.application = 'JC' and f.period = to_char(%(day)s::date, 'YYYY-MM')
