-- Codes that came from Sage against the forms agreed with the company; one row per kind of code that has a form.
with code as (
    select
        'job' as kind,
        j.job as code
    from core.job as j
    where j.company_id = %(company_id)s
    union
    select
        'cost_code' as kind,
        c.cost_code as code
    from core.cost_code as c
    where c.company_id = %(company_id)s and not c.is_group
    union
    select
        'account' as kind,
        c.cost_account as code
    from core.cost_code as c
    where c.company_id = %(company_id)s and c.cost_account <> ''
    union
    select
        'account' as kind,
        y.clearing_account as code
    from core.company as y
    where y.company_id = %(company_id)s
)

select
    'sage.code_mask ' || m.kind as name,
    count(c.code) > 0 and count(c.code) filter (where c.code !~ m.pattern) = 0 as is_good,
    count(c.code) || ' codes, ' || count(c.code) filter (where c.code !~ m.pattern) || ' of another form'
    || coalesce(', such as ' || min(c.code) filter (where c.code !~ m.pattern), '') as found,
    'all as ' || m.mask as expected,
    'correct masks.' || m.kind || ' of the profile, or the code in Sage; without codes let the feed arrive first'
        as next_step
from jsonb_to_recordset(%(masks)s) as m (kind text, mask text, pattern text)
left join code as c on c.kind = m.kind
group by m.kind, m.mask
