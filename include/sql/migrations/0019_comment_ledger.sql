-- What every relation and column of the ledger means.
comment on table ledger.event_inbox is 'Documents of material events as RunBlu puts them in, live; key: inbox_id';
comment on column ledger.event_inbox.inbox_id is 'Number of the document, rising in order of arrival';
comment on column ledger.event_inbox.company_id is 'The company: one Sage data folder';
comment on column ledger.event_inbox.event_id is 'Id the field device gave the event, verbatim';
comment on column ledger.event_inbox.document is 'The event as it came';
comment on column ledger.event_inbox.inserted_at is 'When it came';
comment on column ledger.event_inbox.taken_at is 'When it was landed or refused; null while it waits';

comment on table ledger.material_event
is 'Facts from the field; append-only, chained against changes; key: company_id, event_id';
comment on column ledger.material_event.company_id is 'The company: one Sage data folder';
comment on column ledger.material_event.event_id is 'Id the field device gave the event, verbatim';
comment on column ledger.material_event.event_type
is 'What happened: received, rejected, returned, allocated, installed, reversed and so on, as the glossary has them';
comment on column ledger.material_event.occurred_at is 'Instant it happened';
comment on column ledger.material_event.occurred_text is 'The same as written by the device, with its offset';
comment on column ledger.material_event.event_date is 'Day it happened, in the offset of the device';
comment on column ledger.material_event.recorded_at is 'Instant it was recorded on the device';
comment on column ledger.material_event.actor is 'Who recorded it';
comment on column ledger.material_event.device is 'On which device';
comment on column ledger.material_event.commitment is 'Commitment the event names; null where none';
comment on column ledger.material_event.item_number is 'Item number of that commitment; null where none';
comment on column ledger.material_event.standard_item is 'Material: standard item of the catalog; null where not named';
comment on column ledger.material_event.location is 'Where the material lies or was built in';
comment on column ledger.material_event.quantity is 'Quantity as recorded, in the event''s own unit, unsigned';
comment on column ledger.material_event.unit is 'Unit as recorded';
comment on column ledger.material_event.job is 'Job the event itself carries; null where none';
comment on column ledger.material_event.extra is 'Extra the event itself carries';
comment on column ledger.material_event.cost_code is 'Cost code the event itself carries';
comment on column ledger.material_event.category is 'Category the event itself carries';
comment on column ledger.material_event.receipt_event_id
is 'Receipt it draws from or concerns; null where it names none';
comment on column ledger.material_event.reverses_event_id
is 'Event that a reversal takes back; null for all others';
comment on column ledger.material_event.reason is 'Why, as recorded';
comment on column ledger.material_event.disposition is 'Of rejections and returns: replace, credit or pay';
comment on column ledger.material_event.to_job is 'Job a transfer goes to';
comment on column ledger.material_event.to_location is 'Location a transfer goes to';
comment on column ledger.material_event.evidence_hash is 'Hash of photo or packing slip';
comment on column ledger.material_event.document is 'The event as it came';
comment on column ledger.material_event.leaf_hash is 'sha256 of the event''s canonical bytes';
comment on column ledger.material_event.batch is 'Batch of the chain it is in';
comment on column ledger.material_event.batch_position is 'Place within the batch, from 1';
comment on column ledger.material_event.close_count
is 'How many of our period closes were signed before it became known';
comment on column ledger.material_event.transfer_id is 'The file it came with; null for the live inbox';
comment on column ledger.material_event.landed_at is 'When it was landed';

comment on table ledger.event_tag
is 'What each event does and the line and codes it counts on, or why it waits; key: company_id, event_id';
comment on column ledger.event_tag.company_id is 'The company: one Sage data folder';
comment on column ledger.event_tag.event_id is 'The event';
comment on column ledger.event_tag.status is 'tagged or waiting';
comment on column ledger.event_tag.rule is 'Why it waits, a rule of ledger.waiting_rule; null where tagged';
comment on column ledger.event_tag.effect
is 'receipt, cut or add (a layer''s units down or up), allocate, deallocate, consume, give_back; null while unknown';
comment on column ledger.event_tag.rank
is 'Place at one instant: 1 receipts, 2 rejections, returns, reversals, 3 allocations, 4 consumption';
comment on column ledger.event_tag.commitment is 'Commitment it counts on';
comment on column ledger.event_tag.item_number is 'Item number of that commitment';
comment on column ledger.event_tag.layer_event_id is 'The receipt whose layer it draws from, where it names one';
comment on column ledger.event_tag.owner_event_id is 'The event whose draws a reversal or uninstallation takes back';
comment on column ledger.event_tag.source
is 'Where the codes come from: event, allocation, commitment_item or mapping';
comment on column ledger.event_tag.job is 'Job it counts on';
comment on column ledger.event_tag.extra is 'Extra of the job; empty = base job';
comment on column ledger.event_tag.cost_code is 'Cost code it counts on';
comment on column ledger.event_tag.category is 'Category it counts on';
comment on column ledger.event_tag.units is 'Quantity in the PO line''s unit';
comment on column ledger.event_tag.tagged_at is 'When the tag got its present content';

comment on table ledger.value_entry
is 'Changes of value, append-only: canonical value less value recorded before; key: entry_id';
comment on column ledger.value_entry.entry_id is 'Number of the entry';
comment on column ledger.value_entry.company_id is 'The company: one Sage data folder';
comment on column ledger.value_entry.event_id is 'The event whose value changes';
comment on column ledger.value_entry.cause_kind is 'What changes it: event or change_order';
comment on column ledger.value_entry.cause_id is 'Which one';
comment on column ledger.value_entry.measure
is 'received (net accepted), allocated, installed (less uninstalled), wasted, transferred or counted';
comment on column ledger.value_entry.commitment is 'Commitment the material was bought on';
comment on column ledger.value_entry.item_number is 'Item number of the commitment (PO line)';
comment on column ledger.value_entry.job is 'Job in Sage';
comment on column ledger.value_entry.extra is 'Extra of the job; empty = base job';
comment on column ledger.value_entry.cost_code is 'Cost code of the job';
comment on column ledger.value_entry.category is 'Category of the cost code';
comment on column ledger.value_entry.entry_date is 'Day of the cause';
comment on column ledger.value_entry.units is 'Quantity in the PO line''s unit, signed';
comment on column ledger.value_entry.amount is 'Money in company currency, signed';
comment on column ledger.value_entry.valuation_id is 'The valuation that recorded it';
comment on column ledger.value_entry.recorded_at is 'When it was recorded';

comment on table ledger.valuation is 'Runs of the valuation; key: valuation_id';
comment on column ledger.valuation.valuation_id is 'Number of the run';
comment on column ledger.valuation.started_at is 'When it began';
comment on column ledger.valuation.finished_at is 'When it ended';
comment on column ledger.valuation.line_count is 'PO lines it looked at';
comment on column ledger.valuation.event_count is 'Events of those lines';
comment on column ledger.valuation.entry_count is 'Entries it recorded; 0 where nothing changed';

comment on table ledger.touched_line
is 'PO lines to be valued again, until the valuation has; key: company_id, commitment, item_number';
comment on column ledger.touched_line.company_id is 'The company: one Sage data folder';
comment on column ledger.touched_line.commitment is 'Commitment in Sage';
comment on column ledger.touched_line.item_number is 'Item number of the commitment (PO line)';
comment on column ledger.touched_line.touched_at is 'When it was touched';

comment on table ledger.period_close is 'Months signed off, every version; key: company_id, period, version_no';
comment on column ledger.period_close.company_id is 'The company: one Sage data folder';
comment on column ledger.period_close.period is 'Month, YYYY-MM';
comment on column ledger.period_close.version_no is 'Which sign-off of the month, from 1';
comment on column ledger.period_close.close_no is 'Which close of the company, from 1';
comment on column ledger.period_close.sign_off_hash is 'One hash over everything the sign-off rests on';
comment on column ledger.period_close.signed_by is 'Who approved';
comment on column ledger.period_close.signed_at is 'When it was signed';
comment on column ledger.period_close.lapsed_at is 'When something booked under it moved; null while it holds';

comment on table ledger.waiting_rule is 'Why events wait, with the cure and who owns it; key: rule';
comment on column ledger.waiting_rule.rule is 'Name of the rule';
comment on column ledger.waiting_rule.reason is 'The sentence for people, with places for the event''s own words';
comment on column ledger.waiting_rule.remedy is 'What cures it';
comment on column ledger.waiting_rule.owner is 'Who has to act';

comment on view ledger.code_status
is 'Whether cost may go onto a code now; key: company_id, job, extra, cost_code, category';
comment on column ledger.code_status.company_id is 'The company: one Sage data folder';
comment on column ledger.code_status.job is 'Job in Sage';
comment on column ledger.code_status.extra is 'Extra of the job; empty = base job';
comment on column ledger.code_status.cost_code is 'Cost code of the job';
comment on column ledger.code_status.category is 'Category of the cost code';
comment on column ledger.code_status.rule is 'Why nothing may be posted there; null = it may';
