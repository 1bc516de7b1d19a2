-- Finds the allocations of a layer while codes are resolved.
create index on work_candidate (company_id, layer_event_id) where effect = 'allocate'
