-- Let the planner see how the tables grew over the day that set-wise work reads; no row.
analyze
core.commitment_item,
core.job_cost_transaction,
ledger.event_inbox,
ledger.material_event,
ledger.event_tag,
ledger.value_entry,
outbox.cost_posting,
outbox.batch_line,
audit.exception,
audit.transfer,
audit.chain_head
