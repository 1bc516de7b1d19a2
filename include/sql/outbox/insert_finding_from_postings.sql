-- Cost lines that are held or were rejected, each with its reason in words and what cures it; one row per line.
insert into finding (record_key, rule_code, reason, remedy, owner_name, payload)
select
    p.posting_reference as record_key,
    case p.state when 'held' then p.hold_rule else 'rejected_by_sage' end as rule_code,
    format(
        '%%s of %%s on job %%s, extra ''%%s'', code %%s, category %%s (%%s): %%s',
        replace(p.kind, '_', ' '), p.amount, p.job, p.extra, p.cost_code, p.category, p.transaction_date,
        case
            when p.state = 'rejected' then 'Sage rejected it, ' || coalesce(p.reject_reason, 'without a reason')
            else coalesce(p.hold_reason, r.reason)
        end
    ) as reason,
    case
        when p.state = 'rejected'
            then
                'Repair the cause in Sage; the line is sent again by itself once the mirror shows the repair, '
                || 'else release it by its reference.'
        else r.remedy
    end as remedy,
    coalesce(r.owner_name, 'controller') as owner_name,
    jsonb_build_object(
        'kind', p.kind, 'job', p.job, 'extra', p.extra, 'cost_code', p.cost_code, 'category', p.category,
        'commitment', p.commitment, 'item_number', p.item_number, 'amount', p.amount::text,
        'transaction_date', p.transaction_date, 'state', p.state, 'version_no', p.version_no
    ) as payload
from outbox.cost_posting as p
left join (
    values
    (
        'job_not_open', 'the job is not In progress',
        'Reopen the job in Sage, or move the material to another job.', 'controller'
    ),
    (
        'extra_not_open', 'the extra is missing or not In progress',
        'Open the extra in Sage.', 'controller'
    ),
    (
        'group_code', 'a group code takes no costs',
        'Give the events a postable code.', 'controller'
    ),
    (
        'code_not_open', 'cost code or category is not In progress',
        'Open the code in Sage, or recode the events.', 'controller'
    ),
    (
        'unknown_code', 'Sage does not know this job, code and category',
        'Set the code up in Sage, or recode the events.', 'controller'
    ),
    (
        'no_cost_account', 'there is no cost account to debit',
        'Enter the cost account of the code in Sage or in the profile.', 'controller'
    ),
    (
        'no_open_period', 'there is no open, unsigned month to book it in',
        'Open a month in Job Cost.', 'controller'
    ),
    (
        'unknown_period', 'Sage does not list its month',
        'Set the month up in Sage, or correct the date.', 'controller'
    ),
    (
        'amount_over_limit', 'the amount is above the limit of one line',
        'Check the amount, then raise the limit in the profile.', 'controller'
    ),
    (
        'unwritable_line', 'a value cannot be written for Sage',
        'Correct the value where it comes from.', 'on-call'
    ),
    (
        'already_in_sage', 'Sage holds this reference with other content or unposted',
        'Post or correct the entry in Sage; the line counts as posted once it agrees.', 'controller'
    ),
    (
        'sent_before_restore', 'a file sent before our database was restored holds this reference with other content',
        'Compare with the file, then settle the difference in the reconciliation.', 'on-call'
    )
) as r (rule_code, reason, remedy, owner_name) on p.hold_rule = r.rule_code
where p.company_id = %(company_id)s and p.is_open and p.state in ('held', 'rejected')
