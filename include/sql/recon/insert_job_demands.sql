-- Everything a job's end still lacks, under whichever policy (domain 7.8); one row per demand and record.
with line as (
    select
        p.*,
        p.commitment || '/' || p.item_number as record_key,
        least(
            greatest(-p.units_received_not_invoiced, 0),
            coalesce(
                (
                    select -sum(v.units)
                    from ledger.value_entry as v
                    inner join ledger.material_event as e on e.company_id = v.company_id and e.event_id = v.event_id
                    left join ledger.material_event as u
                        on
                            e.event_type = 'reversed' and u.company_id = e.company_id
                            and u.event_id = e.reverses_event_id
                    where
                        v.company_id = p.company_id and v.commitment = p.commitment
                        and v.item_number = p.item_number and v.measure = 'received' and v.entry_date <= %(as_of)s
                        and coalesce(u.event_type, e.event_type) in ('returned', 'rejected')
                        and coalesce(u.disposition, e.disposition) = 'credit'
                ),
                0
            )
        ) as units_credit_due
    from mart.commitment_position_at(%(company_id)s, %(as_of)s) as p
    where p.job = %(job)s
),

invoice_due as (
    select
        s.commitment,
        s.item_number,
        -sum(
            s.amount
            * ledger.steps_of_kind('installation', y.policy, y.policy_before, y.valid_from > s.transaction_date)
        ) as amount
    from recon.offset_source as s
    inner join ledger.line_policy as y
        on
            y.company_id = s.company_id and y.commitment = s.commitment and y.item_number = s.item_number
            and s.transaction_date >= y.first_from and s.transaction_date < y.valid_to
    inner join line as l on l.commitment = s.commitment and l.item_number = s.item_number
    where s.company_id = %(company_id)s
    group by s.commitment, s.item_number
),

offset_made as (
    select
        p.commitment,
        p.item_number,
        sum(p.amount) as amount
    from outbox.cost_posting as p
    where p.company_id = %(company_id)s and p.kind = 'invoice_offset' and p.state = 'posted'
    group by p.commitment, p.item_number
),

found as (
    select
        'nothing_to_receive' as demand,
        l.record_key,
        '0 to receive, or the commitment closed' as expected,
        trim_scale(l.units_to_receive) || ' ' || l.unit || ', ' || l.amount_to_receive || ' to receive' as found,
        'receive it, reduce the commitment by a change order, or close it in Sage' as next_step,
        'purchasing' as owner,
        l.amount_to_receive as amount
    from line as l
    where l.units_to_receive <> 0 or l.amount_to_receive <> 0
    union all
    select
        'nothing_owed' as demand,
        l.record_key,
        'received and invoiced equal' as expected,
        case
            when l.amount_received_not_invoiced > 0 then 'received and not invoiced: '
            else 'invoiced and not received: '
        end || abs(l.amount_received_not_invoiced) as found,
        case
            when l.amount_received_not_invoiced > 0 then 'enter the vendor''s invoice in AP, or correct the receipt'
            else 'receive it, or have the vendor credit it'
        end as next_step,
        'accounts payable' as owner,
        l.amount_received_not_invoiced as amount
    from line as l
    where
        l.amount_received_not_invoiced <> 0
        -- What is released by decision is owed no longer.
        and not exists (
            select
            from recon.release_term(%(company_id)s, null) as t
            where
                t.commitment = l.commitment and t.item_number = l.item_number
                and t.units_kept = l.units_accepted - l.units_returned
                and t.units_open = l.units_received_not_invoiced and t.amount = l.amount_received_not_invoiced
                and t.held_from <= %(as_of)s and %(as_of)s < t.held_before
        )
    union all
    select
        'every_invoice_offset' as demand,
        l.record_key,
        coalesce(d.amount, 0) || ' of posted offsets' as expected,
        coalesce(o.amount, 0) || ' of posted offsets' as found,
        'run core_to_sage__material_costs, have the batch posted in Sage and read back' as next_step,
        'controller' as owner,
        coalesce(d.amount, 0) - coalesce(o.amount, 0) as amount
    from line as l
    left join invoice_due as d on d.commitment = l.commitment and d.item_number = l.item_number
    left join offset_made as o on o.commitment = l.commitment and o.item_number = l.item_number
    where coalesce(d.amount, 0) <> coalesce(o.amount, 0)
    union all
    select
        'every_invoice_offset' as demand,
        'Sage row ' || s.row_id as record_key,
        'an invoice of a PO line, or named by a rule' as expected,
        'AP cost ' || s.amount || ' "' || s.description || '" that nothing explains' as found,
        'link it to its line, accept it, or correct it in AP' as next_step,
        'controller' as owner,
        s.amount
    from recon.sage_cost_row as s
    where s.company_id = %(company_id)s and s.job = %(job)s and s.kind = 'ap_unmatched' and not s.is_accepted
    union all
    select
        'no_stock_on_site' as demand,
        l.record_key,
        'nothing on hand' as expected,
        trim_scale(l.units_on_hand) || ' ' || l.unit || ' on hand, ' || l.amount_on_hand as found,
        'return it, transfer it, or have it counted and written off' as next_step,
        'site' as owner,
        l.amount_on_hand as amount
    from line as l
    where l.units_on_hand <> 0 or l.amount_on_hand <> 0
    union all
    select
        'no_pending_credit' as demand,
        l.record_key,
        'every credit taken' as expected,
        'credit for ' || trim_scale(l.units_credit_due) || ' ' || l.unit || ' not entered' as found,
        'have the vendor credit it and enter the credit in AP' as next_step,
        'accounts payable' as owner,
        l.amount_received_not_invoiced as amount
    from line as l
    where l.units_credit_due > 0
    union all
    select
        'no_open_exception' as demand,
        'exception ' || x.exception_id as record_key,
        'none open' as expected,
        x.rule || ' on ' || x.record_kind || ' ' || x.record_key || ': ' || x.reason as found,
        x.remedy as next_step,
        x.owner,
        0 as amount
    from audit.exception as x
    left join ledger.material_event as e on e.company_id = x.company_id and e.event_id = x.record_key
    where
        x.company_id = %(company_id)s and x.closed_at is null
        and (
            %(job)s in (x.payload ->> 'job', x.payload ->> 'Job', e.job)
            or coalesce(x.payload ->> 'commitment', e.commitment) in (select l.commitment from line as l)
        )
    union all
    select
        'everything_posted' as demand,
        p.posting_reference as record_key,
        'posted in Sage' as expected,
        replace(p.kind, '_', ' ') || ' of ' || p.amount || ' is ' || p.state as found,
        'let it be sent and posted in Sage' as next_step,
        'controller' as owner,
        p.amount
    from outbox.cost_posting as p
    where p.company_id = %(company_id)s and p.job = %(job)s and p.state not in ('posted', 'reversed')
    union all
    select
        'everything_posted' as demand,
        'Sage row ' || t.row_id as record_key,
        'posted in Sage' as expected,
        t.transaction_type || ' of ' || t.amount || ' waits unposted in batch "' || t.batch || '"' as found,
        'post or delete it in Sage' as next_step,
        'controller' as owner,
        t.amount
    from core.job_cost_transaction as t
    where t.company_id = %(company_id)s and t.job = %(job)s and t.source = 'NEW' and t.gone_at is null
)

insert into recon.job_demand (
    run_no, company_id, job, demand, record_key, expected, found, next_step, owner, amount
)
select
    %(run_no)s,
    %(company_id)s,
    %(job)s,
    f.demand,
    f.record_key,
    f.expected,
    f.found,
    f.next_step,
    f.owner,
    f.amount
from found as f
