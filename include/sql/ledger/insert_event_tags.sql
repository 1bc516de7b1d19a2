-- Give every event landed now its tag row: what it does where that is plain or the event it names is a receipt, else
-- waiting to find what it names. A receipt does what it does from the start and for ever, so nothing has to be looked
-- up twice for it.
insert into ledger.event_tag (
    company_id, event_id, status, rule, effect, rank, commitment, item_number, layer_event_id
)
select
    n.company_id,
    n.event_id,
    'waiting' as status,
    'new' as rule,
    case
        when n.event_type = 'received' then 'receipt'
        when coalesce(n.reverses_event_id, n.receipt_event_id) is not null and named.event_id is null then null
        when n.event_type in ('installed', 'wasted') then 'consume'
        when n.event_type in ('rejected', 'returned') then 'cut'
        when n.event_type = 'allocated' then 'allocate'
        when n.event_type = 'deallocated' then 'deallocate'
        when n.event_type = 'uninstalled' then 'give_back'
        when n.event_type = 'transferred' then 'transfer'
        when n.event_type = 'counted' and n.quantity < 0 then 'consume'
        when n.event_type = 'counted' then 'give_back'
        when n.event_type = 'reversed' then 'cut'
    end as effect,
    case
        when n.event_type = 'received' then 1
        when n.event_type in ('rejected', 'returned', 'reversed') then 2
        when n.event_type in ('allocated', 'deallocated') then 3
        else 4
    end as rank,
    coalesce(n.commitment, named.commitment) as commitment,
    coalesce(n.item_number, named.item_number) as item_number,
    case when n.event_type = 'received' then n.event_id else named.event_id end as layer_event_id
from typed_event as n
left join ledger.material_event as named
    on
        n.event_type <> 'received' and named.event_type = 'received'
        and named.company_id = n.company_id and named.event_id = coalesce(n.reverses_event_id, n.receipt_event_id)
where n.rule is null and n.company_id = %(company_id)s
