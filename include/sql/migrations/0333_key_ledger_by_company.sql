-- Keys of events and of their values begin with the company. A valuation has none: it values all companies at once.
call core.put_company_first('ledger.cost_entry');
call core.put_company_first('ledger.event_inbox');
call core.put_company_first('ledger.material_event');
call core.put_company_first('ledger.value_entry');
