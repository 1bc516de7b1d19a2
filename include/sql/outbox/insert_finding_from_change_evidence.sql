-- Change orders that Sage shows more than once, otherwise than they were sent, or no more; one row per change order.
insert into finding (record_key, rule_code, reason, remedy, owner_name, payload)
select
    w.reference as record_key,
    case when e.times > 1 then 'posted_twice' else 'changed_in_sage' end as rule_code,
    format(
        'change order of commitment %%s differs in Sage: sent once, %%s, found %%s',
        w.commitment, s.lines, coalesce(e.found_text, 'nothing, though it stood there')
    ) as reason,
    format(
        'Correct it in Sage by a change order of its own whose description begins with %%s; then it is settled.',
        w.reference
    ) as remedy,
    'controller' as owner_name,
    jsonb_build_object('commitment', w.commitment, 'times', coalesce(e.times, 0)) as payload
from outbox.change_order as w
inner join lateral (
    select
        string_agg(
            format('line %%s: %%s, %%s', l.item_number, l.units, l.amount), '; ' order by l.item_number
        ) as lines
    from outbox.change_order_line as l
    where l.company_id = w.company_id and l.change_id = w.change_id
) as s on true
left join change_evidence as e on e.change_id = w.change_id
where
    w.company_id = %(company_id)s
    and (not e.is_same or (e.change_id is null and w.state = 'posted'))
