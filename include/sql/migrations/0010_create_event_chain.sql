-- The audit chain over material events: a leaf per row, a Merkle root per batch, each batch holding the one before
-- (protocol 7).
-- Leaf = sha256(0x00 || row's canonical text); node = sha256(0x01 || left || right), an odd one moves up unchanged.
create function ledger.merkle_root(leaves bytea[]) returns bytea
language plpgsql immutable parallel safe as $$
declare
    level bytea[] := leaves;
begin
    if coalesce(cardinality(level), 0) = 0 then
        return sha256('\x00');
    end if;
    while cardinality(level) > 1 loop
        select array_agg(pair.node order by pair.place)
        into level
        from (
            select
                (each.position - 1) / 2 as place,
                case
                    when count(*) = 2
                    then sha256('\x01'::bytea || string_agg(each.node, ''::bytea order by each.position))
                    else (array_agg(each.node))[1]
                end as node
            from unnest(level) with ordinality as each (node, position)
            group by (each.position - 1) / 2
        ) as pair;
    end loop;
    return level[1];
end
$$;

-- Root of a batch = sha256(0x02 || previous root || company || batch || number of rows || Merkle root of its leaves).
create function ledger.batch_root(
    previous_root bytea, company_id text, batch bigint, event_count bigint, leaves bytea[]
)
returns bytea
language sql immutable parallel safe
return sha256(
    '\x02'::bytea || previous_root || convert_to(company_id, 'UTF8') || int8send(batch) || int8send(event_count)
    || ledger.merkle_root(leaves)
);

-- The canonical text of an event: every stored column in a fixed order, U+001F between fields, U+001E for null.
create function ledger.event_leaf(event ledger.material_event) returns bytea
language sql stable parallel safe
return sha256(
    '\x00'::bytea || convert_to(
        array_to_string(
            array[
                event.company_id, event.event_id, event.event_type,
                to_char(event.occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), event.occurred_text,
                to_char(event.event_date, 'YYYY-MM-DD'),
                to_char(event.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
                event.actor, event.device, event.commitment, event.item_number::text, event.standard_item,
                event.location, event.quantity::text, event.unit, event.job, event.extra, event.cost_code,
                event.category, event.receipt_event_id, event.reverses_event_id, event.reason, event.disposition,
                event.to_job, event.to_location, event.evidence_hash, event.document::text, event.batch::text,
                event.batch_position::text, event.close_count::text, event.transfer_id::text,
                to_char(event.landed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')
            ],
            E'\x1f', E'\x1e'
        ),
        'UTF8'
    )
);

-- Whoever inserts an event, its leaf is made here.
create function ledger.set_event_leaf() returns trigger
language plpgsql as $$
begin
    new.leaf_hash := ledger.event_leaf(new);
    return new;
end
$$;

create trigger set_event_leaf before insert on ledger.material_event
for each row execute function ledger.set_event_leaf();

-- Chain the batches of a company that have no head yet, oldest first; gives how many. Callers hold the company's
-- landing lock.
create function ledger.append_chain_heads(wanted_company text) returns integer
language plpgsql as $$
declare
    last_root bytea := decode(repeat('00', 32), 'hex');
    last_batch bigint := 0;
    appended integer := 0;
    open_batch record;
begin
    select h.root, h.batch
    into last_root, last_batch
    from audit.chain_head as h
    where h.company_id = wanted_company
    order by h.batch desc
    limit 1;
    last_root := coalesce(last_root, decode(repeat('00', 32), 'hex'));
    for open_batch in
        select e.batch, count(*) as event_count, array_agg(e.leaf_hash order by e.batch_position) as leaves
        from ledger.material_event as e
        where e.company_id = wanted_company and e.batch > coalesce(last_batch, 0)
        group by e.batch
        order by e.batch
    loop
        insert into audit.chain_head (batch, company_id, event_count, root, previous_root)
        overriding system value
        values (
            open_batch.batch, wanted_company, open_batch.event_count,
            ledger.batch_root(last_root, wanted_company, open_batch.batch, open_batch.event_count, open_batch.leaves),
            last_root
        )
        returning root into last_root;
        appended := appended + 1;
    end loop;
    return appended;
end
$$;

-- Recompute the whole chain of a company; one row per broken batch with the first thing wrong. Nothing returned =
-- intact.
create function ledger.verify_chain(wanted_company text) returns table (batch bigint, finding text)
language sql stable as $$
    with rows_found as (
        select
            e.batch,
            count(*) as event_count,
            min(e.batch_position) as first_position,
            max(e.batch_position) as last_position,
            bool_and(e.leaf_hash = ledger.event_leaf(e)) as has_good_leaves,
            array_agg(ledger.event_leaf(e) order by e.batch_position) as leaves
        from ledger.material_event as e
        where e.company_id = wanted_company
        group by e.batch
    ),

    heads as (
        select
            h.batch,
            h.event_count,
            h.root,
            h.previous_root,
            lag(h.root, 1, decode(repeat('00', 32), 'hex')) over (order by h.batch) as expected_previous
        from audit.chain_head as h
        where h.company_id = wanted_company
    )

    select
        coalesce(heads.batch, rows_found.batch) as batch,
        case
            when heads.batch is null then 'events of a batch that has no chain head'
            when heads.previous_root <> heads.expected_previous then 'previous root does not match the batch before'
            when rows_found.batch is null then 'all events of the batch are gone'
            when rows_found.event_count <> heads.event_count then 'number of events differs'
            when rows_found.first_position <> 1 or rows_found.last_position <> heads.event_count then 'positions have a gap'
            when not rows_found.has_good_leaves then 'an event differs from its leaf hash'
            else 'root differs from the recomputed one'
        end as finding
    from heads
    full join rows_found on rows_found.batch = heads.batch
    where
        heads.batch is null
        or rows_found.batch is null
        or heads.previous_root <> heads.expected_previous
        or rows_found.event_count <> heads.event_count
        or rows_found.first_position <> 1
        or rows_found.last_position <> heads.event_count
        or not rows_found.has_good_leaves
        or heads.root <> ledger.batch_root(
            heads.previous_root, wanted_company, heads.batch, heads.event_count, rows_found.leaves
        )
    order by 1
$$;

-- The newest head waits to be published outside the database (a file over SFTP, the evidence pack).
create index chain_head_unpublished on audit.chain_head (company_id, batch) where published_at is null;
