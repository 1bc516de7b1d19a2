-- Give every event landed now its tag row: what it does where that is plain, else waiting to find what it names.
insert into ledger.event_tag (
    company_id, event_id, status, rule, effect, rank, commitment, item_number, layer_event_id
)
select
    e.company_id,
    e.event_id,
    'waiting' as status,
    'new' as rule,
    case
        when e.event_type = 'received' then 'receipt'
        when coalesce(e.receipt_event_id, e.reverses_event_id) is not null then null
        when e.event_type in ('installed', 'wasted') then 'consume'
        when e.event_type in ('rejected', 'returned') then 'cut'
        when e.event_type = 'allocated' then 'allocate'
        when e.event_type = 'deallocated' then 'deallocate'
        when e.event_type = 'uninstalled' then 'give_back'
        when e.event_type = 'transferred' then 'transfer'
        when e.event_type = 'counted' and e.quantity < 0 then 'consume'
        when e.event_type = 'counted' then 'give_back'
    end as effect,
    case
        when e.event_type = 'received' then 1
        when e.event_type in ('rejected', 'returned', 'reversed') then 2
        when e.event_type in ('allocated', 'deallocated') then 3
        else 4
    end as rank,
    e.commitment,
    e.item_number,
    case when e.event_type = 'received' then e.event_id end as layer_event_id
from typed_event as n
inner join ledger.material_event as e on e.company_id = n.company_id and e.event_id = n.event_id
where n.rule is null and n.company_id = %(company_id)s
