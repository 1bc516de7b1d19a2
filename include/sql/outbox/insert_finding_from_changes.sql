-- Change orders that are held or were rejected, each with its reason and what cures it; one row per change order.
insert into finding (record_key, rule_code, reason, remedy, owner_name, payload)
select
    w.reference as record_key,
    case when w.state = 'held' then w.hold_rule else 'rejected_by_sage' end as rule_code,
    format(
        'change order of commitment %%s by %%s (%%s): %%s',
        w.commitment, s.amount, w.change_date,
        case
            when w.state = 'held' then w.hold_reason
            else 'Sage rejected it, ' || coalesce(w.reject_reason, 'without a reason')
        end
    ) as reason,
    case
        when w.state = 'accepted' then 'Enter in Sage what is missing, or reverse what stands there.'
        when w.state = 'rejected' then 'Repair the cause in Sage, then release the change order by its number.'
        when w.hold_rule = 'commitment_moved'
            then 'It will not go. Reconcile anew and decide about what is still to be taken out.'
        when w.hold_rule = 'commitment_closed' then 'Open the commitment in Sage; else nothing is to be done.'
        when w.hold_rule = 'already_in_sage'
            then 'Our database is older than what it sent: re-adopt the lane (runbook restored-database).'
        when w.hold_rule = 'flow_off' then 'Switch the data flow on, or enter the change order in Sage.'
        else 'Correct the value where it comes from.'
    end as remedy,
    'controller' as owner_name,
    jsonb_build_object(
        'commitment', w.commitment, 'amount', s.amount::text, 'change_date', w.change_date, 'state', w.state,
        'version_no', w.version_no
    ) as payload
from outbox.change_order as w
inner join lateral (
    select sum(l.amount) as amount
    from outbox.change_order_line as l
    where l.company_id = w.company_id and l.change_id = w.change_id
) as s on true
where
    w.company_id = %(company_id)s
    and (w.state in ('held', 'rejected') or (w.state = 'accepted' and w.reject_reason is not null))
    -- What was proposed anew since is settled there.
    and (
        w.hold_rule is distinct from 'commitment_moved'
        or not exists (
            select
            from outbox.change_order as x
            where x.company_id = w.company_id and x.commitment = w.commitment and x.change_id > w.change_id
        )
    )
