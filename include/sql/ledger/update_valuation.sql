-- Close the record of this valuation.
update ledger.valuation
set finished_at = clock_timestamp(), entry_count = %(entry_count)s
where valuation_id = %(valuation_id)s
