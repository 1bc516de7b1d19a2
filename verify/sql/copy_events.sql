-- Every column of the events of a company in a range of batches as text, in the order of the chain; one line per
-- event. In front: place, stored leaf, number of nulls, the three instants, and the columns between them; then the rest
-- in order.
copy (
    select
        e.batch,
        e.batch_position,
        encode(e.leaf_hash, 'hex') as leaf,
        num_nulls(
            e.commitment, e.item_number, e.standard_item, e.job, e.extra, e.cost_code, e.category, e.receipt_event_id,
            e.reverses_event_id, e.reason, e.disposition, e.to_job, e.to_location, e.evidence_hash, e.transfer_id
        ) as nulls,
        e.occurred_at,
        e.recorded_at,
        e.landed_at,
        e.company_id,
        e.event_id,
        e.event_type,
        e.occurred_text,
        e.event_date,
        e.actor,
        e.device,
        e.commitment,
        e.item_number,
        e.standard_item,
        e.location,
        e.quantity,
        e.unit,
        e.job,
        e.extra,
        e.cost_code,
        e.category,
        e.receipt_event_id,
        e.reverses_event_id,
        e.reason,
        e.disposition,
        e.to_job,
        e.to_location,
        e.evidence_hash,
        e.document,
        e.batch as chain_batch,
        e.batch_position as chain_position,
        e.close_count,
        e.transfer_id
    from ledger.material_event as e
    where e.company_id = %(company_id)s and e.batch > %(after)s and e.batch <= %(upto)s
    order by e.batch, e.batch_position
) to stdout (format text, delimiter e'\x1f', null e'\x1e')
