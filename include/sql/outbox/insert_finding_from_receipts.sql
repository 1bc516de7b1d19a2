-- Receiving confirmations that are held or were rejected, with what cures them; one row per event.
insert into finding (record_key, rule_code, reason, remedy, owner_name, payload)
select
    r.reference as record_key,
    case r.state when 'held' then r.hold_rule else 'rejected_by_sage' end as rule_code,
    format(
        'confirmation of %%s %%s on commitment %%s, item %%s: %%s',
        trim_scale(r.units),
        r.unit,
        r.commitment,
        r.item_number,
        case r.state
            when 'held' then r.hold_reason
            else 'rejected, ' || coalesce(r.reject_reason, 'without a reason')
        end
    ) as reason,
    case
        when r.state = 'rejected' then 'Repair the cause on the Sage side, then release it by its reference.'
        when r.hold_rule = 'over_receipt'
            then 'Approve a change order for the units, or return or reverse what is too much.'
        when r.hold_rule = 'receipt_held' then 'Cure the exception of the receipt; this one follows by itself.'
        when r.hold_rule = 'unknown_line' then 'Enter the purchase order line in Sage, or correct the event.'
        else 'Correct the value where it comes from.'
    end as remedy,
    'purchasing' as owner_name,
    jsonb_build_object(
        'commitment', r.commitment, 'item_number', r.item_number, 'units', r.units::text, 'unit', r.unit,
        'receipt_event_id', r.receipt_event_id, 'state', r.state, 'version_no', r.version_no
    ) as payload
from outbox.receiving_confirmation as r
where r.company_id = %(company_id)s and r.state in ('held', 'rejected')
