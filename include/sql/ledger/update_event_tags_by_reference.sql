-- Follow one hop of references: a waiting event takes the layer, line and effect from the event it names.
-- Run until no row changes.
with found as (
    select
        t.company_id,
        t.event_id,
        -- What came by a transfer is known by it.
        case
            when named.effect = 'transfer' and e.event_type <> 'reversed' then named.event_id
            when named.effect <> 'transfer' then named.layer_event_id
        end as layer_event_id,
        coalesce(t.commitment, named.commitment) as commitment,
        coalesce(t.item_number, named.item_number) as item_number,
        case
            when named.effect in ('cut', 'allocate', 'consume', 'transfer') then named.event_id
        end as owner_event_id,
        case
            when e.event_type in ('rejected', 'returned') and named.effect in ('receipt', 'transfer') then 'cut'
            when e.event_type = 'allocated' and named.effect in ('receipt', 'transfer') then 'allocate'
            when e.event_type = 'deallocated' and named.effect in ('receipt', 'transfer', 'allocate') then 'deallocate'
            when
                (e.event_type in ('installed', 'wasted') or (e.event_type = 'counted' and e.quantity < 0))
                and named.effect in ('receipt', 'transfer', 'allocate')
                then 'consume'
            when e.event_type = 'transferred' and named.effect in ('receipt', 'transfer', 'allocate') then 'transfer'
            when
                (e.event_type = 'uninstalled' or (e.event_type = 'counted' and e.quantity > 0))
                and named.effect in ('receipt', 'transfer')
                then 'give_back'
            when e.event_type = 'uninstalled' and named_event.event_type = 'installed' then 'give_back'
            when e.event_type = 'reversed' and named.effect = 'receipt' then 'cut'
            when e.event_type = 'reversed' and named.effect = 'cut' and named_event.event_type <> 'reversed' then 'add'
            when e.event_type = 'reversed' and named.effect = 'allocate' then 'deallocate'
            when e.event_type = 'reversed' and named.effect = 'consume' then 'give_back'
            when e.event_type = 'reversed' and named.effect = 'transfer' then 'transfer_back'
        end as effect
    from ledger.event_tag as t
    inner join ledger.material_event as e on e.company_id = t.company_id and e.event_id = t.event_id
    inner join ledger.event_tag as named
        on
            named.company_id = e.company_id
            and named.event_id = coalesce(e.reverses_event_id, e.receipt_event_id)
            and named.effect is not null
    inner join ledger.material_event as named_event
        on named_event.company_id = named.company_id and named_event.event_id = named.event_id
    where t.status = 'waiting' and t.effect is null
)

update ledger.event_tag as t
set
    effect = found.effect,
    layer_event_id = found.layer_event_id,
    owner_event_id = case
        when
            found.layer_event_id is distinct from found.owner_event_id
            and found.effect in ('deallocate', 'give_back', 'add', 'transfer_back')
            then found.owner_event_id
    end,
    commitment = found.commitment,
    item_number = found.item_number
from found
where t.company_id = found.company_id and t.event_id = found.event_id and found.effect is not null
