-- Rows of a small company as release 0.8.0 wrote them: a signed month, an open one.
SELECT pg_catalog.set_config('search_path', '', false);
INSERT INTO audit.approval OVERRIDING SYSTEM VALUE VALUES
	(1, 'AW', 'recon.run', '1', 'fd7e6cad0836695e0c7bef76bb136dcf33e395ed96e08c09f8fdcbe4e90c0eb1', 'finance', 'controller', 'approved', 'looked at', 'reconcile__period', 'manual', '2024-12-02 00:00:00+00')
	ON CONFLICT DO NOTHING;
INSERT INTO audit.chain_head OVERRIDING SYSTEM VALUE VALUES
	(1, 'AW', 4, '\xd9c711947b3f43de8e7f93a9614203c8ed2cec3022b99cea31b980abda97917c', '\x0000000000000000000000000000000000000000000000000000000000000000', '2026-11-27 23:01:13.368453+00', NULL, NULL),
	(2, 'AW', 4, '\x1a201871a4115129ff06d9be8b71c4b308810ea584c515358cde4d7f4a503dc8', '\xd9c711947b3f43de8e7f93a9614203c8ed2cec3022b99cea31b980abda97917c', '2026-11-27 23:01:15.303576+00', NULL, NULL)
	ON CONFLICT DO NOTHING;
INSERT INTO audit.exception OVERRIDING SYSTEM VALUE VALUES
	(1, 'AW', 'material_event', 'I4', 'commitment_unknown', 'installed of 1.0000 EA names commitment PO-9 item 1, which Sage does not have', 'correct the reference in RunBlu or enter the commitment in Sage, then replay', 'purchasing', '{"job": "22-101", "unit": "EA", "actor": "sam", "extra": "", "device": "phone", "category": "M", "event_id": "I4", "location": "22-101", "quantity": "1", "cost_code": "05 05 23", "commitment": "PO-9", "event_type": "installed", "item_number": 1, "occurred_at": "2024-12-06T10:00:00+00:00", "recorded_at": "2024-12-06T11:00:00+00:00", "standard_item": "REBAR"}', NULL, 1, '2026-11-27 23:01:15.303576+00', '2026-11-27 23:01:15.303576+00', NULL, NULL, NULL)
	ON CONFLICT DO NOTHING;
INSERT INTO core.company VALUES
	('AW', 'Company AW', 'PROD', 'UTC', 'cp1252', '2-1490', 'installation', '{"flows": {"jobs": {"is_on": true, "rhythm": "hourly", "transport": "files"}, "results": {"is_on": true, "rhythm": "continuous", "transport": "files"}, "job_cost": {"is_on": true, "rhythm": "hourly", "transport": "files"}, "journals": {"is_on": false, "rhythm": "on demand", "transport": "files"}, "receipts": {"is_on": true, "rhythm": "continuous", "transport": "files"}, "adjustments": {"is_on": true, "rhythm": "on demand", "transport": "files"}, "commitments": {"is_on": true, "rhythm": "every 15 minutes", "transport": "files"}, "master_data": {"is_on": true, "rhythm": "continuous", "transport": "files"}, "material_costs": {"is_on": true, "rhythm": "daily at 18:00", "transport": "files"}, "material_events": {"is_on": true, "rhythm": "continuous", "transport": "files"}, "vendors_and_items": {"is_on": true, "rhythm": "daily at 04:15", "transport": "files"}, "commitment_changes": {"is_on": false, "rhythm": "on demand", "transport": "files"}}, "access": ["finance", "oncall", "analyst", "auditor", "runblu_inbox"], "hosted": {"serves": ["extras", "items", "change_orders", "transactions", "sent", "periods"], "statuses": ["Unstarted", "In progress", "Closed"], "connection": "sage_api", "settle_seconds": 2, "derived_changes": "units", "commitment_types": ["none", "Subcontract", "Purchase order"], "direct_cost_type": 1, "receipt_document_type": "e952e73a-f61a-5a44-b078-de3907321df1"}, "limits": {"file_rows": 10000000, "file_bytes": 2000000000, "amount_line": "9999999.99", "batch_lines": 5000, "amount_batch": "99999999.99", "file_seconds": 3600}, "policy": "installation", "freight": "at its date", "go_live": {"job": "", "masks": {"job": "", "account": "", "cost_code": ""}, "units": "1", "event_day": null, "commitment": "", "item_number": 0}, "journal": {"columns": ["record_id", "transaction_date", "accounting_date", "description", "amount", "debit_account", "credit_account"], "record_id": "GL", "date_format": "mm/dd/yyyy"}, "accounts": {"cost": "5-1000", "clearing": "2-1490", "vendor_claims": "1-1490", "stored_materials": "1-1480", "received_not_invoiced": "2-1480"}, "accruals": {"credit_days": 45, "invoice_days": 30, "receipt_days": 30, "release_days": 0}, "ap_rules": [{"kind": "tax", "tax_id": "", "cost_code": "", "approved_by": "controller", "debit_account": "", "description_pattern": "^tax\\b"}, {"kind": "freight", "tax_id": "", "cost_code": "", "approved_by": "controller", "debit_account": "", "description_pattern": "^freight\\b"}], "mappings": [], "time_zone": "UTC", "company_id": "AW", "tolerances": {"over_receipt_pct": "5", "amount_subsequent": "0", "amount_materiality": "0.01", "extract_shrink_pct": "5", "rejected_lines_pct": "2"}, "direct_cost": {"columns": ["record_id", "job", "extra", "cost_code", "category", "transaction_type", "transaction_date", "accounting_date", "description", "units", "unit_cost", "amount", "debit_account", "credit_account", "batch", "ref_1", "ref_2"], "record_id": "DC", "date_format": "mm/dd/yyyy", "batch_prefix": "RB", "transaction_type": 2}, "environment": "PROD", "company_name": "Company AW", "tax_on_lines": false, "file_encoding": "cp1252", "managed_lines": [], "opening_entry": "by hand", "cost_plus_jobs": [], "policy_changes": [], "price_variance": "in clearing", "commitment_change": {"type": "", "scope": "", "status": "5", "columns": ["record_id", "commitment", "change_order", "description", "printed", "date", "type", "scope", "status"], "printed": "0", "record_id": "CCO", "date_format": "mm/dd/yyyy", "line_columns": ["record_id", "commitment", "change_order", "item_number", "description", "units", "amount"], "line_record_id": "CCOI"}}', '2026-11-27 23:01:13.368453+00', '{"flows": {"jobs": {"is_on": true, "rhythm": "hourly", "transport": "files"}, "results": {"is_on": true, "rhythm": "continuous", "transport": "files"}, "job_cost": {"is_on": true, "rhythm": "hourly", "transport": "files"}, "journals": {"is_on": false, "rhythm": "on demand", "transport": "files"}, "receipts": {"is_on": true, "rhythm": "continuous", "transport": "files"}, "adjustments": {"is_on": true, "rhythm": "on demand", "transport": "files"}, "commitments": {"is_on": true, "rhythm": "every 15 minutes", "transport": "files"}, "master_data": {"is_on": true, "rhythm": "continuous", "transport": "files"}, "material_costs": {"is_on": true, "rhythm": "daily at 18:00", "transport": "files"}, "material_events": {"is_on": true, "rhythm": "continuous", "transport": "files"}, "vendors_and_items": {"is_on": true, "rhythm": "daily at 04:15", "transport": "files"}, "commitment_changes": {"is_on": false, "rhythm": "on demand", "transport": "files"}}, "access": ["finance", "oncall", "analyst", "auditor", "runblu_inbox"], "hosted": {"serves": ["extras", "items", "change_orders", "transactions", "sent", "periods"], "statuses": ["Unstarted", "In progress", "Closed"], "connection": "sage_api", "settle_seconds": 2, "derived_changes": "units", "commitment_types": ["none", "Subcontract", "Purchase order"], "direct_cost_type": 1, "receipt_document_type": "e952e73a-f61a-5a44-b078-de3907321df1"}, "limits": {"file_rows": 10000000, "file_bytes": 2000000000, "amount_line": "9999999.99", "batch_lines": 5000, "amount_batch": "99999999.99", "file_seconds": 3600}, "policy": "installation", "freight": "at its date", "go_live": {"job": "", "masks": {"job": "", "account": "", "cost_code": ""}, "units": "1", "event_day": null, "commitment": "", "item_number": 0}, "journal": {"columns": ["record_id", "transaction_date", "accounting_date", "description", "amount", "debit_account", "credit_account"], "record_id": "GL", "date_format": "mm/dd/yyyy"}, "accounts": {"cost": "5-1000", "clearing": "2-1490", "vendor_claims": "1-1490", "stored_materials": "1-1480", "received_not_invoiced": "2-1480"}, "accruals": {"credit_days": 45, "invoice_days": 30, "receipt_days": 30, "release_days": 0}, "ap_rules": [{"kind": "tax", "tax_id": "", "cost_code": "", "approved_by": "controller", "debit_account": "", "description_pattern": "^tax\\b"}, {"kind": "freight", "tax_id": "", "cost_code": "", "approved_by": "controller", "debit_account": "", "description_pattern": "^freight\\b"}], "mappings": [], "time_zone": "UTC", "company_id": "AW", "tolerances": {"over_receipt_pct": "5", "amount_subsequent": "0", "amount_materiality": "0.01", "extract_shrink_pct": "5", "rejected_lines_pct": "2"}, "direct_cost": {"columns": ["record_id", "job", "extra", "cost_code", "category", "transaction_type", "transaction_date", "accounting_date", "description", "units", "unit_cost", "amount", "debit_account", "credit_account", "batch", "ref_1", "ref_2"], "record_id": "DC", "date_format": "mm/dd/yyyy", "batch_prefix": "RB", "transaction_type": 2}, "environment": "PROD", "company_name": "Company AW", "tax_on_lines": false, "file_encoding": "cp1252", "managed_lines": [], "opening_entry": "by hand", "cost_plus_jobs": [], "policy_changes": [], "price_variance": "in clearing", "commitment_change": {"type": "", "scope": "", "status": "5", "columns": ["record_id", "commitment", "change_order", "description", "printed", "date", "type", "scope", "status"], "printed": "0", "record_id": "CCO", "date_format": "mm/dd/yyyy", "line_columns": ["record_id", "commitment", "change_order", "item_number", "description", "units", "amount"], "line_record_id": "CCOI"}}', DEFAULT)
	ON CONFLICT DO NOTHING;
INSERT INTO core.ap_rule VALUES
	('AW', 1, 'tax', NULL, NULL, NULL, '^tax\b', 'controller'),
	('AW', 2, 'freight', NULL, NULL, NULL, '^freight\b', 'controller')
	ON CONFLICT DO NOTHING;
INSERT INTO core.category VALUES
	('AW', '22-101', '', '05 05 23', 'M', 'Category', 'In progress', 'Material', '', '5-1000', NULL, NULL, 1),
	('AW', '22-101', '', '03 30 00', 'M', 'Category', 'In progress', 'Material', '', '5-1000', NULL, NULL, 1)
	ON CONFLICT DO NOTHING;
INSERT INTO core.change_order VALUES
	('AW', 'PO-1', '1', '', '2024-11-02', 'Approved', '2024-11-02 08:00:00+00', 0, 1)
	ON CONFLICT DO NOTHING;
INSERT INTO core.change_order_item VALUES
	('AW', 'PO-1', '1', 1, -10.0000, NULL, -100.00, 1)
	ON CONFLICT DO NOTHING;
INSERT INTO core.commitment VALUES
	('AW', 'PO-1', '', 'Purchase order', 'V1', '22-101', '2024-10-01', false, 0.00, 0.00, 0.00, 1),
	('AW', 'PO-2', '', 'Purchase order', 'V1', '22-101', '2024-12-01', false, 0.00, 0.00, 0.00, 1)
	ON CONFLICT DO NOTHING;
INSERT INTO core.commitment_item VALUES
	('AW', 'PO-1', 1, 'Rebar', '22-101', '', '05 05 23', 'M', 'REBAR', 100.0000, 10.000000, 'EA', 1000.00, 0.00, 0.00, 0.00, 0.0000, 1),
	('AW', 'PO-2', 1, 'Rebar', '22-101', '', '05 05 23', 'M', 'REBAR', 12.0000, 3.333333, 'EA', 40.00, 0.00, 0.00, 0.00, 0.0000, 1)
	ON CONFLICT DO NOTHING;
INSERT INTO core.cost_code VALUES
	('AW', '22-101', '', '05 05 23', 'Code', false, 'In progress', '', '', '5-1000', NULL, NULL, NULL, NULL, 1),
	('AW', '22-101', '', '03 30 00', 'Code', false, 'In progress', '', '', '5-1000', NULL, NULL, NULL, NULL, 1)
	ON CONFLICT DO NOTHING;
INSERT INTO core.item VALUES
	('AW', 'REBAR', 'Rebar', 'EA', 'steel', NULL, 1)
	ON CONFLICT DO NOTHING;
INSERT INTO core.job VALUES
	('AW', '22-101', 'Taxiway', 'In progress', false, '', 1)
	ON CONFLICT DO NOTHING;
INSERT INTO core.job_cost_transaction VALUES
	('AW', 'CURRENT', 'AP1', NULL, NULL, '22-101', '', '05 05 23', 'M', 'AP cost', '2024-11-10', '2024-11-10', 'Crane hire', 0.0000, 0.000000, 500.00, '5-1000', '2-1490', 'AP', '', 'V1', 'AP1', NULL, '', 'PO-1', 1, NULL, '', '', '', '', '', 'mary', '2026-11-27 23:01:13.368453+00', NULL, NULL, 1),
	('AW', 'CURRENT', 'TAX1', NULL, NULL, '22-101', '', '05 05 23', 'M', 'AP cost', '2024-11-10', '2024-11-10', 'Tax AP1', 0.0000, 0.000000, 40.00, '5-1000', '2-1490', 'AP', '', '', '', NULL, '', 'PO-1', NULL, NULL, '', '', '', '', '', 'mary', '2026-11-27 23:01:13.368453+00', NULL, NULL, 1),
	('AW', 'CURRENT', 'S1', NULL, NULL, '22-101', '', '05 05 23', 'M', 'JC cost', '2024-11-06', '2024-11-06', 'posting', 0.0000, 0.000000, 400.00, '5-1000', '2-1490', 'JC', '', '', '', NULL, '', '', NULL, NULL, '', '', '', 'X000000001', '', 'mary', '2026-11-27 23:01:13.368453+00', NULL, NULL, 1),
	('AW', 'CURRENT', 'S2', NULL, NULL, '22-101', '', '05 05 23', 'M', 'JC cost', '2024-11-10', '2024-11-10', 'posting', 0.0000, 0.000000, -500.00, '5-1000', '2-1490', 'JC', '', '', '', NULL, '', '', NULL, NULL, '', '', '', 'X000000002', '', 'mary', '2026-11-27 23:01:13.368453+00', NULL, NULL, 1),
	('AW', 'CURRENT', 'AP2', NULL, NULL, '22-101', '', '05 05 23', 'M', 'AP cost', '2024-12-10', '2024-12-10', 'Crane hire', 0.0000, 0.000000, 10.00, '5-1000', '2-1490', 'AP', '', 'V1', 'AP2', NULL, '', 'PO-2', 1, NULL, '', '', '', '', '', 'mary', '2026-11-27 23:01:15.303576+00', NULL, NULL, 1),
	('AW', 'CURRENT', 'S3', NULL, NULL, '22-101', '', '05 05 23', 'M', 'JC cost', '2024-12-05', '2024-12-05', 'posting', 0.0000, 0.000000, 100.00, '5-1000', '2-1490', 'JC', '', '', '', NULL, '', '', NULL, NULL, '', '', '', 'X000000003', '', 'mary', '2026-11-27 23:01:15.303576+00', NULL, NULL, 1),
	('AW', 'CURRENT', 'S4', NULL, NULL, '22-101', '', '05 05 23', 'M', 'JC cost', '2024-12-04', '2024-12-04', 'posting', 0.0000, 0.000000, 10.00, '5-1000', '2-1490', 'JC', '', '', '', NULL, '', '', NULL, NULL, '', '', '', 'X000000004', '', 'mary', '2026-11-27 23:01:15.303576+00', NULL, NULL, 1),
	('AW', 'CURRENT', 'S5', NULL, NULL, '22-101', '', '05 05 23', 'M', 'JC cost', '2024-12-10', '2024-12-10', 'posting', 0.0000, 0.000000, -10.00, '5-1000', '2-1490', 'JC', '', '', '', NULL, '', '', NULL, NULL, '', '', '', 'X000000005', '', 'mary', '2026-11-27 23:01:15.303576+00', NULL, NULL, 1),
	('AW', 'CURRENT', 'HAND1', NULL, NULL, '22-101', '', '05 05 23', 'M', 'JC cost', '2024-12-12', '2024-12-12', 'Crane hire', 0.0000, 0.000000, 25.00, '5-1000', '2-1490', 'JC', '', '', '', NULL, '', 'PO-2', NULL, NULL, '', '', '', '', '', 'mary', '2026-11-27 23:01:15.303576+00', NULL, NULL, 1)
	ON CONFLICT DO NOTHING;
INSERT INTO core.profile_version VALUES
	('AW', 1, '{"flows": {"jobs": {"is_on": true, "rhythm": "hourly", "transport": "files"}, "results": {"is_on": true, "rhythm": "continuous", "transport": "files"}, "job_cost": {"is_on": true, "rhythm": "hourly", "transport": "files"}, "journals": {"is_on": false, "rhythm": "on demand", "transport": "files"}, "receipts": {"is_on": true, "rhythm": "continuous", "transport": "files"}, "adjustments": {"is_on": true, "rhythm": "on demand", "transport": "files"}, "commitments": {"is_on": true, "rhythm": "every 15 minutes", "transport": "files"}, "master_data": {"is_on": true, "rhythm": "continuous", "transport": "files"}, "material_costs": {"is_on": true, "rhythm": "daily at 18:00", "transport": "files"}, "material_events": {"is_on": true, "rhythm": "continuous", "transport": "files"}, "vendors_and_items": {"is_on": true, "rhythm": "daily at 04:15", "transport": "files"}, "commitment_changes": {"is_on": false, "rhythm": "on demand", "transport": "files"}}, "access": ["finance", "oncall", "analyst", "auditor", "runblu_inbox"], "hosted": {"serves": ["extras", "items", "change_orders", "transactions", "sent", "periods"], "statuses": ["Unstarted", "In progress", "Closed"], "connection": "sage_api", "settle_seconds": 2, "derived_changes": "units", "commitment_types": ["none", "Subcontract", "Purchase order"], "direct_cost_type": 1, "receipt_document_type": "e952e73a-f61a-5a44-b078-de3907321df1"}, "limits": {"file_rows": 10000000, "file_bytes": 2000000000, "amount_line": "9999999.99", "batch_lines": 5000, "amount_batch": "99999999.99", "file_seconds": 3600}, "policy": "installation", "freight": "at its date", "go_live": {"job": "", "masks": {"job": "", "account": "", "cost_code": ""}, "units": "1", "event_day": null, "commitment": "", "item_number": 0}, "journal": {"columns": ["record_id", "transaction_date", "accounting_date", "description", "amount", "debit_account", "credit_account"], "record_id": "GL", "date_format": "mm/dd/yyyy"}, "accounts": {"cost": "5-1000", "clearing": "2-1490", "vendor_claims": "1-1490", "stored_materials": "1-1480", "received_not_invoiced": "2-1480"}, "accruals": {"credit_days": 45, "invoice_days": 30, "receipt_days": 30, "release_days": 0}, "ap_rules": [{"kind": "tax", "tax_id": "", "cost_code": "", "approved_by": "controller", "debit_account": "", "description_pattern": "^tax\\b"}, {"kind": "freight", "tax_id": "", "cost_code": "", "approved_by": "controller", "debit_account": "", "description_pattern": "^freight\\b"}], "mappings": [], "time_zone": "UTC", "company_id": "AW", "tolerances": {"over_receipt_pct": "5", "amount_subsequent": "0", "amount_materiality": "0.01", "extract_shrink_pct": "5", "rejected_lines_pct": "2"}, "direct_cost": {"columns": ["record_id", "job", "extra", "cost_code", "category", "transaction_type", "transaction_date", "accounting_date", "description", "units", "unit_cost", "amount", "debit_account", "credit_account", "batch", "ref_1", "ref_2"], "record_id": "DC", "date_format": "mm/dd/yyyy", "batch_prefix": "RB", "transaction_type": 2}, "environment": "PROD", "company_name": "Company AW", "tax_on_lines": false, "file_encoding": "cp1252", "managed_lines": [], "opening_entry": "by hand", "cost_plus_jobs": [], "policy_changes": [], "price_variance": "in clearing", "commitment_change": {"type": "", "scope": "", "status": "5", "columns": ["record_id", "commitment", "change_order", "description", "printed", "date", "type", "scope", "status"], "printed": "0", "record_id": "CCO", "date_format": "mm/dd/yyyy", "line_columns": ["record_id", "commitment", "change_order", "item_number", "description", "units", "amount"], "line_record_id": "CCOI"}}', 'file', 'postgres', '2026-11-27 23:01:13.383394+00')
	ON CONFLICT DO NOTHING;
INSERT INTO core.unit VALUES
	('IN', 'inch', 'length', 254, 10000),
	('FT', 'foot', 'length', 3048, 10000),
	('YD', 'yard', 'length', 9144, 10000),
	('MI', 'mile', 'length', 1609344, 1000),
	('MM', 'millimetre', 'length', 1, 1000),
	('CM', 'centimetre', 'length', 1, 100),
	('M', 'metre', 'length', 1, 1),
	('KM', 'kilometre', 'length', 1000, 1),
	('SI', 'square inch', 'area', 64516, 100000000),
	('SF', 'square foot', 'area', 9290304, 100000000),
	('SY', 'square yard', 'area', 83612736, 100000000),
	('SQ', 'roofing square of 100 square feet', 'area', 9290304, 1000000),
	('ACRE', 'acre', 'area', 40468564224, 10000000),
	('M2', 'square metre', 'area', 1, 1),
	('HA', 'hectare', 'area', 10000, 1),
	('CF', 'cubic foot', 'volume', 28316846592, 1000000000000),
	('CY', 'cubic yard', 'volume', 764554857984, 1000000000000),
	('GAL', 'US gallon', 'volume', 3785411784, 1000000000000),
	('QT', 'US liquid quart', 'volume', 946352946, 1000000000000),
	('L', 'litre', 'volume', 1, 1000),
	('M3', 'cubic metre', 'volume', 1, 1),
	('BF', 'board foot', 'lumber', 1, 1),
	('MBF', 'thousand board feet', 'lumber', 1000, 1),
	('OZ', 'ounce', 'mass', 45359237, 1600000000),
	('LB', 'pound', 'mass', 45359237, 100000000),
	('CWT', 'hundredweight of 100 pounds', 'mass', 45359237, 1000000),
	('TON', 'short ton of 2000 pounds', 'mass', 90718474, 100000),
	('G', 'gram', 'mass', 1, 1000),
	('KG', 'kilogram', 'mass', 1, 1),
	('MT', 'metric ton', 'mass', 1000, 1),
	('EA', 'each', 'count', 1, 1),
	('PR', 'pair', 'count', 2, 1),
	('DOZ', 'dozen', 'count', 12, 1),
	('HUN', 'hundred', 'count', 100, 1),
	('THOU', 'thousand', 'count', 1000, 1),
	('HR', 'hour', 'HR', 1, 1),
	('DAY', 'day', 'DAY', 1, 1),
	('WK', 'week', 'WK', 1, 1),
	('MO', 'month', 'MO', 1, 1),
	('LS', 'lump sum', 'LS', 1, 1),
	('LOT', 'lot', 'LOT', 1, 1),
	('SET', 'set', 'SET', 1, 1),
	('BAG', 'bag', 'BAG', 1, 1),
	('BOX', 'box', 'BOX', 1, 1),
	('BDL', 'bundle', 'BDL', 1, 1),
	('CTN', 'carton', 'CTN', 1, 1),
	('DRUM', 'drum', 'DRUM', 1, 1),
	('PKG', 'package', 'PKG', 1, 1),
	('PLT', 'pallet', 'PLT', 1, 1),
	('ROLL', 'roll', 'ROLL', 1, 1),
	('SHT', 'sheet', 'SHT', 1, 1),
	('STK', 'stick', 'STK', 1, 1),
	('TUBE', 'tube', 'TUBE', 1, 1),
	('LOAD', 'truck load', 'LOAD', 1, 1),
	('PCT', 'percent of the whole', 'PCT', 1, 1)
	ON CONFLICT DO NOTHING;
INSERT INTO core.unit_spelling VALUES
	('', 'AC', 'ACRE'),
	('', 'ACR', 'ACRE'),
	('', 'ACRE', 'ACRE'),
	('', 'ACRES', 'ACRE'),
	('', 'BAG', 'BAG'),
	('', 'BAGS', 'BAG'),
	('', 'BDFT', 'BF'),
	('', 'BDL', 'BDL'),
	('', 'BF', 'BF'),
	('', 'BFT', 'BF'),
	('', 'BG', 'BAG'),
	('', 'BOARDFEET', 'BF'),
	('', 'BOARDFOOT', 'BF'),
	('', 'BOX', 'BOX'),
	('', 'BOXES', 'BOX'),
	('', 'BUNDLE', 'BDL'),
	('', 'BUNDLES', 'BDL'),
	('', 'BX', 'BOX'),
	('', 'C62', 'EA'),
	('', 'CARTON', 'CTN'),
	('', 'CARTONS', 'CTN'),
	('', 'CEN', 'HUN'),
	('', 'CF', 'CF'),
	('', 'CFT', 'CF'),
	('', 'CM', 'CM'),
	('', 'CMT', 'CM'),
	('', 'CTN', 'CTN'),
	('', 'CUBICFEET', 'CF'),
	('', 'CUBICFOOT', 'CF'),
	('', 'CUBICMETER', 'M3'),
	('', 'CUBICYARD', 'CY'),
	('', 'CUBICYARDS', 'CY'),
	('', 'CUFT', 'CF'),
	('', 'CUM', 'M3'),
	('', 'CUYD', 'CY'),
	('', 'CUYDS', 'CY'),
	('', 'CWA', 'CWT'),
	('', 'CWT', 'CWT'),
	('', 'CY', 'CY'),
	('', 'CYD', 'CY'),
	('', 'CYDS', 'CY'),
	('', 'DAY', 'DAY'),
	('', 'DAYS', 'DAY'),
	('', 'DOZ', 'DOZ'),
	('', 'DOZEN', 'DOZ'),
	('', 'DRUM', 'DRUM'),
	('', 'DRUMS', 'DRUM'),
	('', 'DZ', 'DOZ'),
	('', 'DZN', 'DOZ'),
	('', 'EA', 'EA'),
	('', 'EACH', 'EA'),
	('', 'EACHES', 'EA'),
	('', 'FEET', 'FT'),
	('', 'FOOT', 'FT'),
	('', 'FOT', 'FT'),
	('', 'FT', 'FT'),
	('', 'FT2', 'SF'),
	('', 'FT3', 'CF'),
	('', 'FTK', 'SF'),
	('', 'FTLF', 'FT'),
	('', 'FTQ', 'CF'),
	('', 'G', 'G'),
	('', 'GAL', 'GAL'),
	('', 'GALLON', 'GAL'),
	('', 'GALLONS', 'GAL'),
	('', 'GALS', 'GAL'),
	('', 'GLL', 'GAL'),
	('', 'GRAM', 'G'),
	('', 'GRAMS', 'G'),
	('', 'GRM', 'G'),
	('', 'H87', 'EA'),
	('', 'HA', 'HA'),
	('', 'HAR', 'HA'),
	('', 'HECTARE', 'HA'),
	('', 'HECTARES', 'HA'),
	('', 'HOUR', 'HR'),
	('', 'HOURS', 'HR'),
	('', 'HR', 'HR'),
	('', 'HRS', 'HR'),
	('', 'HUN', 'HUN'),
	('', 'HUNDRED', 'HUN'),
	('', 'HUR', 'HR'),
	('', 'IN', 'IN'),
	('', 'IN2', 'SI'),
	('', 'INCH', 'IN'),
	('', 'INCHES', 'IN'),
	('', 'INH', 'IN'),
	('', 'INK', 'SI'),
	('', 'KG', 'KG'),
	('', 'KGM', 'KG'),
	('', 'KGS', 'KG'),
	('', 'KILOGRAM', 'KG'),
	('', 'KILOGRAMS', 'KG'),
	('', 'KM', 'KM'),
	('', 'KMT', 'KM'),
	('', 'L', 'L'),
	('', 'LB', 'LB'),
	('', 'LBR', 'LB'),
	('', 'LBS', 'LB'),
	('', 'LF', 'FT')
	ON CONFLICT DO NOTHING;
INSERT INTO core.unit_spelling VALUES
	('', 'LFT', 'FT'),
	('', 'LINEALFEET', 'FT'),
	('', 'LINEARFEET', 'FT'),
	('', 'LINEARFOOT', 'FT'),
	('', 'LINEARFT', 'FT'),
	('', 'LINFT', 'FT'),
	('', 'LITER', 'L'),
	('', 'LITERS', 'L'),
	('', 'LITRE', 'L'),
	('', 'LITRES', 'L'),
	('', 'LNFT', 'FT'),
	('', 'LO', 'LOT'),
	('', 'LOAD', 'LOAD'),
	('', 'LOADS', 'LOAD'),
	('', 'LOT', 'LOT'),
	('', 'LOTS', 'LOT'),
	('', 'LS', 'LS'),
	('', 'LSUM', 'LS'),
	('', 'LTR', 'L'),
	('', 'LUMPSUM', 'LS'),
	('', 'M', 'M'),
	('', 'M2', 'M2'),
	('', 'M3', 'M3'),
	('', 'MBF', 'MBF'),
	('', 'METER', 'M'),
	('', 'METERS', 'M'),
	('', 'METRE', 'M'),
	('', 'METRES', 'M'),
	('', 'METRICTON', 'MT'),
	('', 'MI', 'MI'),
	('', 'MIL', 'THOU'),
	('', 'MILE', 'MI'),
	('', 'MILES', 'MI'),
	('', 'MM', 'MM'),
	('', 'MMT', 'MM'),
	('', 'MO', 'MO'),
	('', 'MON', 'MO'),
	('', 'MONTH', 'MO'),
	('', 'MONTHS', 'MO'),
	('', 'MOS', 'MO'),
	('', 'MT', 'MT'),
	('', 'MTK', 'M2'),
	('', 'MTQ', 'M3'),
	('', 'MTR', 'M'),
	('', 'M²', 'M2'),
	('', 'M³', 'M3'),
	('', 'ONZ', 'OZ'),
	('', 'OUNCE', 'OZ'),
	('', 'OUNCES', 'OZ'),
	('', 'OZ', 'OZ'),
	('', 'PACK', 'PKG'),
	('', 'PACKAGE', 'PKG'),
	('', 'PACKAGES', 'PKG'),
	('', 'PAIR', 'PR'),
	('', 'PAIRS', 'PR'),
	('', 'PALLET', 'PLT'),
	('', 'PALLETS', 'PLT'),
	('', 'PC', 'EA'),
	('', 'PCS', 'EA'),
	('', 'PIECE', 'EA'),
	('', 'PIECES', 'EA'),
	('', 'PK', 'PKG'),
	('', 'PKG', 'PKG'),
	('', 'PLT', 'PLT'),
	('', 'POUND', 'LB'),
	('', 'POUNDS', 'LB'),
	('', 'PR', 'PR'),
	('', 'QT', 'QT'),
	('', 'QTL', 'QT'),
	('', 'QTS', 'QT'),
	('', 'QUART', 'QT'),
	('', 'QUARTS', 'QT'),
	('', 'RL', 'ROLL'),
	('', 'ROLL', 'ROLL'),
	('', 'ROLLS', 'ROLL'),
	('', 'SET', 'SET'),
	('', 'SETS', 'SET'),
	('', 'SF', 'SF'),
	('', 'SFT', 'SF'),
	('', 'SHEET', 'SHT'),
	('', 'SHEETS', 'SHT'),
	('', 'SHORTTON', 'TON'),
	('', 'SHT', 'SHT'),
	('', 'SI', 'SI'),
	('', 'SKID', 'PLT'),
	('', 'SKIDS', 'PLT'),
	('', 'SMI', 'MI'),
	('', 'SQ', 'SQ'),
	('', 'SQFEET', 'SF'),
	('', 'SQFT', 'SF'),
	('', 'SQIN', 'SI'),
	('', 'SQINCH', 'SI'),
	('', 'SQM', 'M2'),
	('', 'SQMETER', 'M2'),
	('', 'SQS', 'SQ'),
	('', 'SQUARE', 'SQ'),
	('', 'SQUAREFEET', 'SF'),
	('', 'SQUAREFOOT', 'SF'),
	('', 'SQUAREMETER', 'M2'),
	('', 'SQUARES', 'SQ')
	ON CONFLICT DO NOTHING;
INSERT INTO core.unit_spelling VALUES
	('', 'SQUAREYARD', 'SY'),
	('', 'SQUAREYARDS', 'SY'),
	('', 'SQYD', 'SY'),
	('', 'SQYDS', 'SY'),
	('', 'STICK', 'STK'),
	('', 'STICKS', 'STK'),
	('', 'STK', 'STK'),
	('', 'STN', 'TON'),
	('', 'SY', 'SY'),
	('', 'THOU', 'THOU'),
	('', 'THOUSAND', 'THOU'),
	('', 'TN', 'TON'),
	('', 'TNE', 'MT'),
	('', 'TON', 'TON'),
	('', 'TONNE', 'MT'),
	('', 'TONNES', 'MT'),
	('', 'TONS', 'TON'),
	('', 'TRUCKLOAD', 'LOAD'),
	('', 'TUBE', 'TUBE'),
	('', 'TUBES', 'TUBE'),
	('', 'UNIT', 'EA'),
	('', 'UNITS', 'EA'),
	('', 'WEE', 'WK'),
	('', 'WEEK', 'WK'),
	('', 'WEEKS', 'WK'),
	('', 'WK', 'WK'),
	('', 'WKS', 'WK'),
	('', 'YARD', 'YD'),
	('', 'YARDS', 'YD'),
	('', 'YD', 'YD'),
	('', 'YD2', 'SY'),
	('', 'YD3', 'CY'),
	('', 'YDK', 'SY'),
	('', 'YDQ', 'CY'),
	('', 'YDS', 'YD'),
	('', 'YRD', 'YD'),
	('', '%', 'PCT'),
	('', 'P1', 'PCT'),
	('', 'PCT', 'PCT'),
	('', 'PERCENT', 'PCT')
	ON CONFLICT DO NOTHING;
INSERT INTO core.vendor VALUES
	('AW', 'V1', 'Vendor', '', '', '', '', true, 1)
	ON CONFLICT DO NOTHING;
INSERT INTO ledger.bill_at_close VALUES
	('AW', 'PO-1', 1, 'V1AP1', 1, '2024-11-10')
	ON CONFLICT DO NOTHING;
INSERT INTO ledger.cover_at_close VALUES
	('AW', 'PO-1', 1, 'V1AP1', '2024-11-10', 1, 50.000000000000, 500.00)
	ON CONFLICT DO NOTHING;
INSERT INTO ledger.event_tag VALUES
	('AW', 'R1', 'tagged', NULL, 'receipt', 1, 'PO-1', 1, 'R1', NULL, 'event', '22-101', '', '05 05 23', 'M', 80.0000, '2026-11-27 23:01:13.368453+00'),
	('AW', 'J1', 'tagged', NULL, 'cut', 2, 'PO-1', 1, 'R1', NULL, 'event', '22-101', '', '05 05 23', 'M', 5.0000, '2026-11-27 23:01:13.368453+00'),
	('AW', 'I1', 'tagged', NULL, 'consume', 4, 'PO-1', 1, 'R1', NULL, 'event', '22-101', '', '05 05 23', 'M', 40.0000, '2026-11-27 23:01:13.368453+00'),
	('AW', 'A1', 'tagged', NULL, 'allocate', 3, 'PO-1', 1, 'R1', NULL, 'event', '22-101', '', '05 05 23', 'M', 60.0000, '2026-11-27 23:01:13.368453+00'),
	('AW', 'I2', 'tagged', NULL, 'consume', 4, 'PO-2', 1, 'R2', NULL, 'event', '22-101', '', '05 05 23', 'M', 3.0000, '2026-11-27 23:01:15.303576+00'),
	('AW', 'R2', 'tagged', NULL, 'receipt', 1, 'PO-2', 1, 'R2', NULL, 'event', '22-101', '', '05 05 23', 'M', 7.0000, '2026-11-27 23:01:15.303576+00'),
	('AW', 'I3', 'tagged', NULL, 'consume', 4, 'PO-1', 1, 'R1', NULL, 'event', '22-101', '', '05 05 23', 'M', 10.0000, '2026-11-27 23:01:15.303576+00'),
	('AW', 'I4', 'waiting', 'commitment_unknown', 'consume', 4, 'PO-9', 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2026-11-27 23:01:15.303576+00')
	ON CONFLICT DO NOTHING;
INSERT INTO ledger.layer_movement VALUES
	('AW', 'PO-1', 1, 'R1', 4, 'C', '2024-11-06', '22-101', '', '05 05 23', 'M', 40.0000, 0.00),
	('AW', 'PO-1', 1, 'R1', 4, 'C', '2024-12-05', '22-101', '', '05 05 23', 'M', 10.0000, 0.00),
	('AW', 'PO-1', 1, 'R1', 4, 'Q', '2024-11-03', '', '', '', '', 80.0000, 800.00),
	('AW', 'PO-1', 1, 'R1', 4, 'Q', '2024-11-04', '', '', '', '', -5.0000, -50.00),
	('AW', 'PO-2', 1, 'R2', 2, 'C', '2024-12-04', '22-101', '', '05 05 23', 'M', 3.0000, 0.00),
	('AW', 'PO-2', 1, 'R2', 2, 'Q', '2024-12-03', '', '', '', '', 7.0000, 23.33)
	ON CONFLICT DO NOTHING;
INSERT INTO ledger.material_event VALUES
	('AW', 'R1', 'received', '2024-11-03 10:00:00+00', '2024-11-03T10:00:00+00:00', '2024-11-03', '2024-11-03 11:00:00+00', 'sam', 'phone', 'PO-1', 1, 'REBAR', '22-101', 80.0000, 'EA', '22-101', '', '05 05 23', 'M', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"job": "22-101", "unit": "EA", "actor": "sam", "extra": "", "device": "phone", "category": "M", "event_id": "R1", "location": "22-101", "quantity": "80", "cost_code": "05 05 23", "commitment": "PO-1", "event_type": "received", "item_number": 1, "occurred_at": "2024-11-03T10:00:00+00:00", "recorded_at": "2024-11-03T11:00:00+00:00", "standard_item": "REBAR"}', '\xc513841799bc6cb25d361b4756c767fded0d6a94f50ec4fbc261f455dcdad2ed', 1, 1, 0, NULL, '2026-11-27 23:01:13.368453+00'),
	('AW', 'J1', 'rejected', '2024-11-04 10:00:00+00', '2024-11-04T10:00:00+00:00', '2024-11-04', '2024-11-04 11:00:00+00', 'sam', 'phone', 'PO-1', 1, 'REBAR', '22-101', 5.0000, 'EA', '22-101', '', '05 05 23', 'M', 'R1', NULL, 'damaged', 'credit', NULL, NULL, NULL, '{"job": "22-101", "unit": "EA", "actor": "sam", "extra": "", "device": "phone", "reason": "damaged", "category": "M", "event_id": "J1", "location": "22-101", "quantity": "5", "cost_code": "05 05 23", "commitment": "PO-1", "event_type": "rejected", "disposition": "credit", "item_number": 1, "occurred_at": "2024-11-04T10:00:00+00:00", "recorded_at": "2024-11-04T11:00:00+00:00", "standard_item": "REBAR", "receipt_event_id": "R1"}', '\xc508959931008a0140cf2727581153cb09e95e264b842ccd4bf4d27ef81a29a1', 1, 2, 0, NULL, '2026-11-27 23:01:13.368453+00'),
	('AW', 'A1', 'allocated', '2024-11-05 10:00:00+00', '2024-11-05T10:00:00+00:00', '2024-11-05', '2024-11-05 11:00:00+00', 'sam', 'phone', 'PO-1', 1, 'REBAR', '22-101', 60.0000, 'EA', '22-101', '', '05 05 23', 'M', 'R1', NULL, NULL, NULL, NULL, NULL, NULL, '{"job": "22-101", "unit": "EA", "actor": "sam", "extra": "", "device": "phone", "category": "M", "event_id": "A1", "location": "22-101", "quantity": "60", "cost_code": "05 05 23", "commitment": "PO-1", "event_type": "allocated", "item_number": 1, "occurred_at": "2024-11-05T10:00:00+00:00", "recorded_at": "2024-11-05T11:00:00+00:00", "standard_item": "REBAR", "receipt_event_id": "R1"}', '\xb9e763c2c2ea55d8610e1bd87c8db470be7da02e4a8a180a39f44a036e52895c', 1, 3, 0, NULL, '2026-11-27 23:01:13.368453+00'),
	('AW', 'I1', 'installed', '2024-11-06 10:00:00+00', '2024-11-06T10:00:00+00:00', '2024-11-06', '2024-11-06 11:00:00+00', 'sam', 'phone', 'PO-1', 1, 'REBAR', '22-101', 40.0000, 'EA', '22-101', '', '05 05 23', 'M', 'R1', NULL, NULL, NULL, NULL, NULL, NULL, '{"job": "22-101", "unit": "EA", "actor": "sam", "extra": "", "device": "phone", "category": "M", "event_id": "I1", "location": "22-101", "quantity": "40", "cost_code": "05 05 23", "commitment": "PO-1", "event_type": "installed", "item_number": 1, "occurred_at": "2024-11-06T10:00:00+00:00", "recorded_at": "2024-11-06T11:00:00+00:00", "standard_item": "REBAR", "receipt_event_id": "R1"}', '\x1700a1a9798178e0f2f07ab86044f99d09b2bfd709d8bf0a5eb53055d031387e', 1, 4, 0, NULL, '2026-11-27 23:01:13.368453+00'),
	('AW', 'R2', 'received', '2024-12-03 10:00:00+00', '2024-12-03T10:00:00+00:00', '2024-12-03', '2024-12-03 11:00:00+00', 'sam', 'phone', 'PO-2', 1, 'REBAR', '22-101', 7.0000, 'EA', '22-101', '', '05 05 23', 'M', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"job": "22-101", "unit": "EA", "actor": "sam", "extra": "", "device": "phone", "category": "M", "event_id": "R2", "location": "22-101", "quantity": "7", "cost_code": "05 05 23", "commitment": "PO-2", "event_type": "received", "item_number": 1, "occurred_at": "2024-12-03T10:00:00+00:00", "recorded_at": "2024-12-03T11:00:00+00:00", "standard_item": "REBAR"}', '\x5397e6f87e9af78492e5b4f24e76e2be8af56901409efc77b0337a4b849a27e4', 2, 1, 1, NULL, '2026-11-27 23:01:15.303576+00'),
	('AW', 'I2', 'installed', '2024-12-04 10:00:00+00', '2024-12-04T10:00:00+00:00', '2024-12-04', '2024-12-04 11:00:00+00', 'sam', 'phone', 'PO-2', 1, 'REBAR', '22-101', 3.0000, 'EA', '22-101', '', '05 05 23', 'M', 'R2', NULL, NULL, NULL, NULL, NULL, NULL, '{"job": "22-101", "unit": "EA", "actor": "sam", "extra": "", "device": "phone", "category": "M", "event_id": "I2", "location": "22-101", "quantity": "3", "cost_code": "05 05 23", "commitment": "PO-2", "event_type": "installed", "item_number": 1, "occurred_at": "2024-12-04T10:00:00+00:00", "recorded_at": "2024-12-04T11:00:00+00:00", "standard_item": "REBAR", "receipt_event_id": "R2"}', '\xcbde83e12f564f33e17544d59e06f7111f42dcc5ed92daae9de4856ca0881198', 2, 2, 1, NULL, '2026-11-27 23:01:15.303576+00'),
	('AW', 'I3', 'installed', '2024-12-05 10:00:00+00', '2024-12-05T10:00:00+00:00', '2024-12-05', '2024-12-05 11:00:00+00', 'sam', 'phone', 'PO-1', 1, 'REBAR', '22-101', 10.0000, 'EA', '22-101', '', '05 05 23', 'M', 'R1', NULL, NULL, NULL, NULL, NULL, NULL, '{"job": "22-101", "unit": "EA", "actor": "sam", "extra": "", "device": "phone", "category": "M", "event_id": "I3", "location": "22-101", "quantity": "10", "cost_code": "05 05 23", "commitment": "PO-1", "event_type": "installed", "item_number": 1, "occurred_at": "2024-12-05T10:00:00+00:00", "recorded_at": "2024-12-05T11:00:00+00:00", "standard_item": "REBAR", "receipt_event_id": "R1"}', '\xf8572521e8eeaf2cda5d63dfe28e5d8f929e785060562682a76198a45ed9b4c1', 2, 3, 1, NULL, '2026-11-27 23:01:15.303576+00'),
	('AW', 'I4', 'installed', '2024-12-06 10:00:00+00', '2024-12-06T10:00:00+00:00', '2024-12-06', '2024-12-06 11:00:00+00', 'sam', 'phone', 'PO-9', 1, 'REBAR', '22-101', 1.0000, 'EA', '22-101', '', '05 05 23', 'M', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"job": "22-101", "unit": "EA", "actor": "sam", "extra": "", "device": "phone", "category": "M", "event_id": "I4", "location": "22-101", "quantity": "1", "cost_code": "05 05 23", "commitment": "PO-9", "event_type": "installed", "item_number": 1, "occurred_at": "2024-12-06T10:00:00+00:00", "recorded_at": "2024-12-06T11:00:00+00:00", "standard_item": "REBAR"}', '\x7c408cca301383ef2064289ddee9d42a8b82a8674f103dc822708d82ea5deb21', 2, 4, 1, NULL, '2026-11-27 23:01:15.303576+00')
	ON CONFLICT DO NOTHING;
INSERT INTO ledger.period_close VALUES
	('AW', '2024-11', 1, 1, 'e1a965cf562654ca087be72adcd7ff0aad0de532c5d3d0f449efd540f1a5b2db', 'controller', '2026-11-27 23:01:15.09434+00', NULL, NULL, NULL)
	ON CONFLICT DO NOTHING;
INSERT INTO ledger.valuation OVERRIDING SYSTEM VALUE VALUES
	(1, '2026-11-27 23:01:13.368453+00', '2026-11-27 23:01:13.802281+00', 1, 4, 4),
	(2, '2026-11-27 23:01:15.303576+00', '2026-11-27 23:01:15.606633+00', 2, 7, 3)
	ON CONFLICT DO NOTHING;
INSERT INTO ledger.value_entry OVERRIDING SYSTEM VALUE VALUES
	(1, 'AW', 'R1', 'event', 'R1', 'received', 'PO-1', 1, '22-101', '', '05 05 23', 'M', '2024-11-03', 80.0000, 800.00, 1, '2026-11-27 23:01:13.368453+00'),
	(2, 'AW', 'J1', 'event', 'J1', 'received', 'PO-1', 1, '22-101', '', '05 05 23', 'M', '2024-11-04', -5.0000, -50.00, 1, '2026-11-27 23:01:13.368453+00'),
	(3, 'AW', 'A1', 'event', 'A1', 'allocated', 'PO-1', 1, '22-101', '', '05 05 23', 'M', '2024-11-05', 60.0000, 600.00, 1, '2026-11-27 23:01:13.368453+00'),
	(4, 'AW', 'I1', 'event', 'I1', 'installed', 'PO-1', 1, '22-101', '', '05 05 23', 'M', '2024-11-06', 40.0000, 400.00, 1, '2026-11-27 23:01:13.368453+00'),
	(5, 'AW', 'I3', 'event', 'I3', 'installed', 'PO-1', 1, '22-101', '', '05 05 23', 'M', '2024-12-05', 10.0000, 100.00, 2, '2026-11-27 23:01:15.303576+00'),
	(6, 'AW', 'R2', 'event', 'R2', 'received', 'PO-2', 1, '22-101', '', '05 05 23', 'M', '2024-12-03', 7.0000, 23.33, 2, '2026-11-27 23:01:15.303576+00'),
	(7, 'AW', 'I2', 'event', 'I2', 'installed', 'PO-2', 1, '22-101', '', '05 05 23', 'M', '2024-12-04', 3.0000, 10.00, 2, '2026-11-27 23:01:15.303576+00')
	ON CONFLICT DO NOTHING;
INSERT INTO ledger.waiting_rule VALUES
	('new', '%1$s of %2$s %3$s has not been looked at yet', 'run runblu_to_core__material_events', 'data engineering'),
	('untagged', '%1$s of %2$s %3$s of %4$s carries no job and cost code and nothing gives it one', 'name commitment and item, allocate its receipt, or map the material class to a cost code, then replay', 'project controls'),
	('commitment_unknown', '%1$s of %2$s %3$s names commitment %4$s item %5$s, which Sage does not have', 'correct the reference in RunBlu or enter the commitment in Sage, then replay', 'purchasing'),
	('receipt_unknown', '%1$s of %2$s %3$s names an event that never arrived', 'send the missing event again', 'RunBlu'),
	('receipt_waits', '%1$s of %2$s %3$s names an event that waits itself', 'cure the event it names first', 'project controls'),
	('names_wrong_event', '%1$s of %2$s %3$s names an event of a type it cannot refer to', 'reverse it in RunBlu and record it again with the receipt it draws from', 'RunBlu'),
	('reversal_not_possible', '%1$s of %2$s %3$s reverses a reversal or an event that cannot be reversed', 'record the movement again as a new event', 'RunBlu'),
	('unit_without_factor', '%1$s is in %3$s, commitment %4$s item %5$s is in another unit and the catalog has no factor', 'add the conversion to the catalog or correct the unit, then replay', 'purchasing'),
	('job_unknown', '%1$s names job %6$s, which Sage does not have', 'correct the job in RunBlu or open it in Sage, then replay', 'project controls'),
	('job_not_in_progress', '%1$s of %2$s %3$s is on job %6$s, which is not In progress or is on hold', 'reopen the job in Sage or move the event to another job, then replay', 'project controls'),
	('cost_code_unknown', '%1$s of %2$s %3$s is on cost code %7$s, which job %6$s does not have', 'add the cost code and category to the job in Sage or correct the event, then replay', 'project controls'),
	('cost_code_not_in_progress', '%1$s of %2$s %3$s is on cost code %7$s of job %6$s, which is not In progress', 'set the cost code In progress in Sage, then replay', 'project controls'),
	('group_cost_code', '%1$s of %2$s %3$s is on cost code %7$s of job %6$s, a group code that takes no cost', 'use a cost code below the group', 'project controls'),
	('over_consumed', '%1$s of %2$s %3$s is more than commitment %4$s item %5$s has on hand', 'record the missing receipt or correct the quantity; it is valued as soon as stock allows', 'site'),
	('over_allocated', '%1$s of %2$s %3$s is more than commitment %4$s item %5$s has unallocated', 'deallocate elsewhere or correct the quantity', 'site'),
	('layer_too_small', '%1$s of %2$s %3$s would leave a receipt of commitment %4$s item %5$s below what is installed from it', 'reverse the installation first or correct the quantity', 'site'),
	('more_than_was_drawn', '%1$s of %2$s %3$s gives back more than was taken from commitment %4$s item %5$s', 'correct the quantity', 'site'),
	('event_type_not_open', '%1$s of %2$s %3$s was not valued by the release it arrived under', 'run runblu_to_core__material_events', 'data engineering'),
	('unit_unknown', '%1$s of %2$s is in %3$s, a unit nobody knows, or commitment %4$s item %5$s is', 'add the spelling to core.unit_spelling or correct the unit at its source, then replay', 'purchasing'),
	('unit_too_small', '%1$s of %2$s %3$s is less than a ten-thousandth of the unit of commitment %4$s item %5$s', 'record it in the unit of the commitment item', 'RunBlu'),
	('unit_ambiguous', '%1$s of %2$s %3$s of commitment %4$s item %5$s may be counted in ways that differ: %8$s', 'end the factor that is wrong (effective_to in core.unit_conversion), or state the one between the two units', 'purchasing'),
	('count_not_approved', '%1$s of %2$s %3$s of %4$s item %5$s is a stock-take difference nobody has decided about', 'approve or refuse it: a row in ledger.count_decision with decision, your name and the reason', 'finance'),
	('count_gain_unexplained', '%1$s of %2$s %3$s finds more of %4$s item %5$s than earlier counts missed there: a receipt is missing', 'have the missing receipt recorded with its own day, then refuse the count in ledger.count_decision; or refuse it alone if it was miscounted, or approve the loss that came before it', 'finance'),
	('lump_sum_without_quantity', '%1$s of %2$s %3$s is on lump-sum commitment %4$s item %5$s, which has neither an expected quantity nor percent approved', 'approve its expected quantity, or that it is followed in percent, in core.expected_quantity, then replay', 'project controls'),
	('withdrawn', '%1$s of %2$s %3$s of commitment %4$s item %5$s was taken back before it could be valued, or takes such a one back', 'nothing: it moves nothing, and takes part again if what it waited for is cured', 'nobody')
	ON CONFLICT DO NOTHING;
INSERT INTO outbox.cost_posting OVERRIDING SYSTEM VALUE VALUES
	(1, 'AW', 'X000000001', 0, 'consumption', '2024-11-06', '2024-11-06', '2024-11-06', false, '22-101', '', '05 05 23', 'M', 'PO-1', 1, 'consumption 1', 1, 'posting', 0.0000, 400.00, '5-1000', '2-1490', 'posted', DEFAULT, 1, NULL, NULL, NULL, NULL, 'S1', NULL, '2026-11-27 23:01:13.368453+00', NULL, NULL, NULL, NULL, '2026-11-27 23:01:13.368453+00'),
	(2, 'AW', 'X000000002', 0, 'invoice_offset', '2024-11-10', '2024-11-10', '2024-11-10', false, '22-101', '', '05 05 23', 'M', 'PO-1', 1, 'AP1', 1, 'posting', 0.0000, -500.00, '5-1000', '2-1490', 'posted', DEFAULT, 1, NULL, NULL, NULL, NULL, 'S2', NULL, '2026-11-27 23:01:13.368453+00', NULL, NULL, NULL, NULL, '2026-11-27 23:01:13.368453+00'),
	(3, 'AW', 'X000000003', 0, 'consumption', '2024-12-05', '2024-12-05', '2024-12-05', false, '22-101', '', '05 05 23', 'M', 'PO-1', 1, 'consumption 3', 1, 'posting', 0.0000, 100.00, '5-1000', '2-1490', 'posted', DEFAULT, 1, NULL, NULL, NULL, NULL, 'S3', NULL, '2026-11-27 23:01:15.303576+00', NULL, NULL, NULL, NULL, '2026-11-27 23:01:15.303576+00'),
	(4, 'AW', 'X000000004', 0, 'consumption', '2024-12-04', '2024-12-04', '2024-12-04', false, '22-101', '', '05 05 23', 'M', 'PO-2', 1, 'consumption 4', 1, 'posting', 0.0000, 10.00, '5-1000', '2-1490', 'posted', DEFAULT, 1, NULL, NULL, NULL, NULL, 'S4', NULL, '2026-11-27 23:01:15.303576+00', NULL, NULL, NULL, NULL, '2026-11-27 23:01:15.303576+00'),
	(5, 'AW', 'X000000005', 0, 'invoice_offset', '2024-12-10', '2024-12-10', '2024-12-10', false, '22-101', '', '05 05 23', 'M', 'PO-2', 1, 'AP2', 1, 'posting', 0.0000, -10.00, '5-1000', '2-1490', 'posted', DEFAULT, 1, NULL, NULL, NULL, NULL, 'S5', NULL, '2026-11-27 23:01:15.303576+00', NULL, NULL, NULL, NULL, '2026-11-27 23:01:15.303576+00')
	ON CONFLICT DO NOTHING;
INSERT INTO recon.run OVERRIDING SYSTEM VALUE VALUES
	(2, 'AW', 'period', '2024-11', '', 'proof', 0.01, 'finance', 'manual proof', 'signed', '{"mirror": [], "bridges": [{"role": "start", "units": "100.0000", "amount": "1000.00", "bridge": "quantity", "keys_off": 0, "component": "original"}, {"role": "step", "units": "-10.0000", "amount": "-100.00", "bridge": "quantity", "keys_off": 0, "component": "change_orders"}, {"role": "step", "units": "-15.0000", "amount": "-150.00", "bridge": "quantity", "keys_off": 0, "component": "not_received"}, {"role": "step", "units": "-35.0000", "amount": "-350.00", "bridge": "quantity", "keys_off": 0, "component": "on_hand"}, {"role": "end", "units": "40.0000", "amount": "400.00", "bridge": "quantity", "keys_off": 0, "component": "consumed"}, {"role": "residual", "units": "0.0000", "amount": "0.00", "bridge": "quantity", "keys_off": 0, "component": "residual"}, {"role": "start", "units": "0.0000", "amount": "400.00", "bridge": "cost", "keys_off": 0, "component": "consumed"}, {"role": "step", "units": "0.0000", "amount": "40.00", "bridge": "cost", "keys_off": 0, "component": "tax_freight"}, {"role": "end", "units": "0.0000", "amount": "440.00", "bridge": "cost", "keys_off": 0, "component": "job_cost"}, {"role": "residual", "units": "0.0000", "amount": "0.00", "bridge": "cost", "keys_off": 0, "component": "residual"}], "promises": [{"ours": "35.0000", "other": "35.0000", "place": 1, "broken": 0, "promise": "events_to_entries"}, {"ours": "750.00", "other": "400.00", "place": 2, "broken": 0, "promise": "stock_is_not_negative"}, {"ours": "400.00", "other": "400.00", "place": 3, "broken": 0, "promise": "entries_to_postings"}, {"ours": "0", "other": "0", "place": 4, "broken": 0, "promise": "postings_to_file_lines"}, {"ours": "0", "other": "0", "place": 5, "broken": 0, "promise": "file_lines_to_files"}, {"ours": "-100.00", "other": "-100.00", "place": 6, "broken": 0, "promise": "posted_lines_to_sage_rows"}, {"ours": "440.00", "other": "440.00", "place": 7, "broken": 0, "promise": "expected_less_in_flight_to_job_cost"}], "differences": []}', 1, '84df3e0029ce093f7b14354ff513f8bc7c81c9954b85050f57fcb1aae03e3e23', 1, 'e1a965cf562654ca087be72adcd7ff0aad0de532c5d3d0f449efd540f1a5b2db', '[{"part": "approval", "lines": 1, "sha256": "036b0f743b38362321ddcb1c0fbc0d327f5b64ea34844f1d5a86f68c0e032745"}, {"part": "bridges", "lines": 12, "sha256": "61b987a973e916cd6b486d88669c06c6e320a4b095b310a5690aef6ce784fd14"}, {"part": "event chain", "lines": 1, "sha256": "e0720d4db8bef182682377bded2a54ea0440a58067175bea3fd69ee5c2d9c562"}, {"part": "mappings and rules", "lines": 2, "sha256": "e60906de0bebeabb348d78141196f9b557e9face73e44b530f639bfc4905a1bf"}, {"part": "proposal", "lines": 1, "sha256": "26c104705af5b9bf841ec81678163100c095f6b5ec2092f5c922983b14940858"}, {"part": "rows of the month", "lines": 6, "sha256": "a6831a78e5174bd0da16a5485385cf440e30bb47af74d68f1f62905f840f3470"}, {"part": "value entries", "lines": 4, "sha256": "c4e47380cb01dd38bfee65f97ffda91e15397421b34ff778034011554ffeb60b"}]', '2026-11-27 23:01:14.508573+00', '2026-11-27 23:01:14.508573+00'),
	(1, 'AW', 'period', '2024-11', '', 'propose', 0.01, 'finance', 'manual', 'posted', '{"mirror": [], "bridges": [{"role": "start", "units": "100.0000", "amount": "1000.00", "bridge": "quantity", "keys_off": 0, "component": "original"}, {"role": "step", "units": "-10.0000", "amount": "-100.00", "bridge": "quantity", "keys_off": 0, "component": "change_orders"}, {"role": "step", "units": "-15.0000", "amount": "-150.00", "bridge": "quantity", "keys_off": 0, "component": "not_received"}, {"role": "step", "units": "-35.0000", "amount": "-350.00", "bridge": "quantity", "keys_off": 0, "component": "on_hand"}, {"role": "end", "units": "40.0000", "amount": "400.00", "bridge": "quantity", "keys_off": 0, "component": "consumed"}, {"role": "residual", "units": "0.0000", "amount": "0.00", "bridge": "quantity", "keys_off": 0, "component": "residual"}, {"role": "start", "units": "0.0000", "amount": "400.00", "bridge": "cost", "keys_off": 0, "component": "consumed"}, {"role": "step", "units": "0.0000", "amount": "40.00", "bridge": "cost", "keys_off": 0, "component": "tax_freight"}, {"role": "end", "units": "0.0000", "amount": "440.00", "bridge": "cost", "keys_off": 0, "component": "job_cost"}, {"role": "residual", "units": "0.0000", "amount": "0.00", "bridge": "cost", "keys_off": 0, "component": "residual"}], "promises": [{"ours": "35.0000", "other": "35.0000", "place": 1, "broken": 0, "promise": "events_to_entries"}, {"ours": "750.00", "other": "400.00", "place": 2, "broken": 0, "promise": "stock_is_not_negative"}, {"ours": "400.00", "other": "400.00", "place": 3, "broken": 0, "promise": "entries_to_postings"}, {"ours": "0", "other": "0", "place": 4, "broken": 0, "promise": "postings_to_file_lines"}, {"ours": "0", "other": "0", "place": 5, "broken": 0, "promise": "file_lines_to_files"}, {"ours": "-100.00", "other": "-100.00", "place": 6, "broken": 0, "promise": "posted_lines_to_sage_rows"}, {"ours": "440.00", "other": "440.00", "place": 7, "broken": 0, "promise": "expected_less_in_flight_to_job_cost"}], "differences": []}', NULL, 'fd7e6cad0836695e0c7bef76bb136dcf33e395ed96e08c09f8fdcbe4e90c0eb1', 1, NULL, NULL, '2026-11-27 23:01:13.842333+00', '2026-11-27 23:01:13.842333+00'),
	(3, 'AW', 'period', '2024-12', '', 'propose', 0.01, 'finance', 'manual', 'proposed', '{"mirror": [], "bridges": [{"role": "start", "units": "112.0000", "amount": "1040.00", "bridge": "quantity", "keys_off": 0, "component": "original"}, {"role": "step", "units": "-10.0000", "amount": "-100.00", "bridge": "quantity", "keys_off": 0, "component": "change_orders"}, {"role": "step", "units": "-20.0000", "amount": "-166.67", "bridge": "quantity", "keys_off": 0, "component": "not_received"}, {"role": "step", "units": "-29.0000", "amount": "-263.33", "bridge": "quantity", "keys_off": 0, "component": "on_hand"}, {"role": "end", "units": "53.0000", "amount": "510.00", "bridge": "quantity", "keys_off": 0, "component": "consumed"}, {"role": "residual", "units": "0.0000", "amount": "0.00", "bridge": "quantity", "keys_off": 0, "component": "residual"}, {"role": "start", "units": "0.0000", "amount": "510.00", "bridge": "cost", "keys_off": 0, "component": "consumed"}, {"role": "step", "units": "0.0000", "amount": "40.00", "bridge": "cost", "keys_off": 0, "component": "tax_freight"}, {"role": "step", "units": "0.0000", "amount": "25.00", "bridge": "cost", "keys_off": 0, "component": "foreign"}, {"role": "end", "units": "0.0000", "amount": "575.00", "bridge": "cost", "keys_off": 0, "component": "job_cost"}, {"role": "residual", "units": "0.0000", "amount": "0.00", "bridge": "cost", "keys_off": 0, "component": "residual"}], "promises": [{"ours": "29.0000", "other": "29.0000", "place": 1, "broken": 0, "promise": "events_to_entries"}, {"ours": "773.33", "other": "510.00", "place": 2, "broken": 0, "promise": "stock_is_not_negative"}, {"ours": "510.00", "other": "510.00", "place": 3, "broken": 0, "promise": "entries_to_postings"}, {"ours": "0", "other": "0", "place": 4, "broken": 0, "promise": "postings_to_file_lines"}, {"ours": "0", "other": "0", "place": 5, "broken": 0, "promise": "file_lines_to_files"}, {"ours": "0.00", "other": "0.00", "place": 6, "broken": 0, "promise": "posted_lines_to_sage_rows"}, {"ours": "550.00", "other": "575.00", "place": 7, "broken": 1, "promise": "expected_less_in_flight_to_job_cost"}], "differences": [{"side": "sage", "cause": "foreign_entry", "lines": 1, "state": "open", "amount_ours": "0.00", "amount_sage": "25.00"}]}', NULL, 'b3e8fbff9db2356072b7924e7bec1d93eef1461195c42e092dda554f32196539', NULL, NULL, NULL, '2026-11-27 23:01:15.650918+00', '2026-11-27 23:01:15.650918+00')
	ON CONFLICT DO NOTHING;
INSERT INTO outbox.posting_entry VALUES
	(4, 1, 1, 1),
	(5, 3, 1, 1),
	(7, 4, 1, 1)
	ON CONFLICT DO NOTHING;
INSERT INTO recon.difference OVERRIDING SYSTEM VALUE VALUES
	(1, 3, 'AW', '2024-12', 'sage', 'foreign_entry', 'HAND1', 'HAND1', '22-101', '', '05 05 23', 'M', '', NULL, '2024-12-12', 0.00, 25.00, 'open', 'JC cost "Crane hire" by mary: a person accepts it or has it reversed (accept_entries, reverse_entries)', '2026-11-27 23:01:15.650918+00', NULL)
	ON CONFLICT DO NOTHING;
INSERT INTO recon.signed_row VALUES
	(2, 'AW', '2024-11', 'Sage row', 'AP1', '96a10cac99ae6d8a2ef5f4782f98f59e06597ea6ff552931b3b4a7e368ceebb5'),
	(2, 'AW', '2024-11', 'Sage row', 'TAX1', 'd9ff8c81a72a08e2d8425d898a105d0d8ab4a8bc2320218263e09bfc6491be38'),
	(2, 'AW', '2024-11', 'Sage row', 'S1', '07ea14eb233899c8cfc2788070ad02790f3c077cba535ec5e04d03a53eab08d3'),
	(2, 'AW', '2024-11', 'Sage row', 'S2', 'dfcee71209aab783456c758477bc9f09245692b7191f1105da64f832186b9f59'),
	(2, 'AW', '2024-11', 'posting', 'X000000001', '6c45cadd2806c8185a1ab7d1430efa196fd74f41ae3c1b09e34e653f1bd2815a'),
	(2, 'AW', '2024-11', 'posting', 'X000000002', '8d861bd563b3f06680a6f412a23ea9bed49b7dc20964e693023dcb53b965f2d9')
	ON CONFLICT DO NOTHING;
INSERT INTO recon.variance VALUES
	(1, 'AW', '2024-11', '22-101', '', '05 05 23', 'M', 'PO-1', 1, 'quantity', 'original', 'start', 100.0000, 1000.00),
	(1, 'AW', '2024-11', '22-101', '', '05 05 23', 'M', 'PO-1', 1, 'quantity', 'change_orders', 'step', -10.0000, -100.00),
	(1, 'AW', '2024-11', '22-101', '', '05 05 23', 'M', 'PO-1', 1, 'quantity', 'not_received', 'step', -15.0000, -150.00),
	(1, 'AW', '2024-11', '22-101', '', '05 05 23', 'M', 'PO-1', 1, 'quantity', 'on_hand', 'step', -35.0000, -350.00),
	(1, 'AW', '2024-11', '22-101', '', '05 05 23', 'M', 'PO-1', 1, 'quantity', 'consumed', 'end', 40.0000, 400.00),
	(1, 'AW', '2024-11', '22-101', '', '05 05 23', 'M', '', 0, 'cost', 'job_cost', 'end', 0.0000, 40.00),
	(1, 'AW', '2024-11', '22-101', '', '05 05 23', 'M', '', 0, 'cost', 'tax_freight', 'step', 0.0000, 40.00),
	(1, 'AW', '2024-11', '22-101', '', '05 05 23', 'M', 'PO-1', 1, 'cost', 'consumed', 'start', 0.0000, 400.00),
	(1, 'AW', '2024-11', '22-101', '', '05 05 23', 'M', 'PO-1', 1, 'cost', 'job_cost', 'end', 0.0000, 400.00),
	(1, 'AW', '2024-11', '22-101', '', '05 05 23', 'M', '', 0, 'cost', 'residual', 'residual', 0.0000, 0.00),
	(1, 'AW', '2024-11', '22-101', '', '05 05 23', 'M', 'PO-1', 1, 'cost', 'residual', 'residual', 0.0000, 0.00),
	(1, 'AW', '2024-11', '22-101', '', '05 05 23', 'M', 'PO-1', 1, 'quantity', 'residual', 'residual', 0.0000, 0.00),
	(2, 'AW', '2024-11', '22-101', '', '05 05 23', 'M', 'PO-1', 1, 'quantity', 'original', 'start', 100.0000, 1000.00),
	(2, 'AW', '2024-11', '22-101', '', '05 05 23', 'M', 'PO-1', 1, 'quantity', 'change_orders', 'step', -10.0000, -100.00),
	(2, 'AW', '2024-11', '22-101', '', '05 05 23', 'M', 'PO-1', 1, 'quantity', 'not_received', 'step', -15.0000, -150.00),
	(2, 'AW', '2024-11', '22-101', '', '05 05 23', 'M', 'PO-1', 1, 'quantity', 'on_hand', 'step', -35.0000, -350.00),
	(2, 'AW', '2024-11', '22-101', '', '05 05 23', 'M', 'PO-1', 1, 'quantity', 'consumed', 'end', 40.0000, 400.00),
	(2, 'AW', '2024-11', '22-101', '', '05 05 23', 'M', '', 0, 'cost', 'job_cost', 'end', 0.0000, 40.00),
	(2, 'AW', '2024-11', '22-101', '', '05 05 23', 'M', '', 0, 'cost', 'tax_freight', 'step', 0.0000, 40.00),
	(2, 'AW', '2024-11', '22-101', '', '05 05 23', 'M', 'PO-1', 1, 'cost', 'consumed', 'start', 0.0000, 400.00),
	(2, 'AW', '2024-11', '22-101', '', '05 05 23', 'M', 'PO-1', 1, 'cost', 'job_cost', 'end', 0.0000, 400.00),
	(2, 'AW', '2024-11', '22-101', '', '05 05 23', 'M', '', 0, 'cost', 'residual', 'residual', 0.0000, 0.00),
	(2, 'AW', '2024-11', '22-101', '', '05 05 23', 'M', 'PO-1', 1, 'cost', 'residual', 'residual', 0.0000, 0.00),
	(2, 'AW', '2024-11', '22-101', '', '05 05 23', 'M', 'PO-1', 1, 'quantity', 'residual', 'residual', 0.0000, 0.00),
	(3, 'AW', '2024-12', '22-101', '', '05 05 23', 'M', 'PO-1', 1, 'quantity', 'original', 'start', 100.0000, 1000.00),
	(3, 'AW', '2024-12', '22-101', '', '05 05 23', 'M', 'PO-1', 1, 'quantity', 'change_orders', 'step', -10.0000, -100.00),
	(3, 'AW', '2024-12', '22-101', '', '05 05 23', 'M', 'PO-1', 1, 'quantity', 'not_received', 'step', -15.0000, -150.00),
	(3, 'AW', '2024-12', '22-101', '', '05 05 23', 'M', 'PO-1', 1, 'quantity', 'on_hand', 'step', -25.0000, -250.00),
	(3, 'AW', '2024-12', '22-101', '', '05 05 23', 'M', 'PO-1', 1, 'quantity', 'consumed', 'end', 50.0000, 500.00),
	(3, 'AW', '2024-12', '22-101', '', '05 05 23', 'M', 'PO-2', 1, 'quantity', 'original', 'start', 12.0000, 40.00),
	(3, 'AW', '2024-12', '22-101', '', '05 05 23', 'M', 'PO-2', 1, 'quantity', 'not_received', 'step', -5.0000, -16.67),
	(3, 'AW', '2024-12', '22-101', '', '05 05 23', 'M', 'PO-2', 1, 'quantity', 'on_hand', 'step', -4.0000, -13.33),
	(3, 'AW', '2024-12', '22-101', '', '05 05 23', 'M', 'PO-2', 1, 'quantity', 'consumed', 'end', 3.0000, 10.00),
	(3, 'AW', '2024-12', '22-101', '', '05 05 23', 'M', '', 0, 'cost', 'foreign', 'step', 0.0000, 25.00),
	(3, 'AW', '2024-12', '22-101', '', '05 05 23', 'M', '', 0, 'cost', 'job_cost', 'end', 0.0000, 65.00),
	(3, 'AW', '2024-12', '22-101', '', '05 05 23', 'M', '', 0, 'cost', 'tax_freight', 'step', 0.0000, 40.00),
	(3, 'AW', '2024-12', '22-101', '', '05 05 23', 'M', 'PO-1', 1, 'cost', 'consumed', 'start', 0.0000, 500.00),
	(3, 'AW', '2024-12', '22-101', '', '05 05 23', 'M', 'PO-1', 1, 'cost', 'job_cost', 'end', 0.0000, 500.00),
	(3, 'AW', '2024-12', '22-101', '', '05 05 23', 'M', 'PO-2', 1, 'cost', 'consumed', 'start', 0.0000, 10.00),
	(3, 'AW', '2024-12', '22-101', '', '05 05 23', 'M', 'PO-2', 1, 'cost', 'job_cost', 'end', 0.0000, 10.00),
	(3, 'AW', '2024-12', '22-101', '', '05 05 23', 'M', '', 0, 'cost', 'residual', 'residual', 0.0000, 0.00),
	(3, 'AW', '2024-12', '22-101', '', '05 05 23', 'M', 'PO-1', 1, 'cost', 'residual', 'residual', 0.0000, 0.00),
	(3, 'AW', '2024-12', '22-101', '', '05 05 23', 'M', 'PO-1', 1, 'quantity', 'residual', 'residual', 0.0000, 0.00),
	(3, 'AW', '2024-12', '22-101', '', '05 05 23', 'M', 'PO-2', 1, 'cost', 'residual', 'residual', 0.0000, 0.00),
	(3, 'AW', '2024-12', '22-101', '', '05 05 23', 'M', 'PO-2', 1, 'quantity', 'residual', 'residual', 0.0000, 0.00)
	ON CONFLICT DO NOTHING;
SELECT pg_catalog.setval('audit.approval_approval_id_seq', 1, true);
SELECT pg_catalog.setval('audit.chain_head_batch_seq', 2, true);
SELECT pg_catalog.setval('audit.exception_exception_id_seq', 1, true);
SELECT pg_catalog.setval('audit.exception_payload_payload_id_seq', 1, false);
SELECT pg_catalog.setval('audit.head_file_file_id_seq', 1, false);
SELECT pg_catalog.setval('audit.notice_notice_id_seq', 1, false);
SELECT pg_catalog.setval('audit.transfer_transfer_id_seq', 1, false);
SELECT pg_catalog.setval('core.mapping_proposal_proposal_no_seq', 1, false);
SELECT pg_catalog.setval('ledger.cost_entry_cost_entry_id_seq', 1, false);
SELECT pg_catalog.setval('ledger.count_decision_decision_no_seq', 1, false);
SELECT pg_catalog.setval('ledger.event_inbox_inbox_id_seq', 1, false);
SELECT pg_catalog.setval('ledger.valuation_valuation_id_seq', 2, true);
SELECT pg_catalog.setval('ledger.value_entry_entry_id_seq', 7, true);
SELECT pg_catalog.setval('outbox.batch_batch_id_seq', 1, false);
SELECT pg_catalog.setval('outbox.change_order_change_id_seq', 1, false);
SELECT pg_catalog.setval('outbox.cost_posting_posting_id_seq', 5, true);
SELECT pg_catalog.setval('outbox.journal_line_line_id_seq', 1, false);
SELECT pg_catalog.setval('outbox.runblu_file_file_id_seq', 1, false);
SELECT pg_catalog.setval('outbox.state_log_log_id_seq', 1, false);
SELECT pg_catalog.setval('recon.accrual_release_release_id_seq', 1, false);
SELECT pg_catalog.setval('recon.adjustment_adjustment_id_seq', 1, false);
SELECT pg_catalog.setval('recon.difference_difference_id_seq', 1, true);
SELECT pg_catalog.setval('recon.dismissal_dismissal_id_seq', 1, false);
SELECT pg_catalog.setval('recon.foreign_decision_decision_id_seq', 1, false);
SELECT pg_catalog.setval('recon.go_live_run_run_no_seq', 1, false);
SELECT pg_catalog.setval('recon.journal_proposal_id_seq', 1, false);
SELECT pg_catalog.setval('recon.proposed_event_proposal_id_seq', 1, false);
SELECT pg_catalog.setval('recon.run_run_no_seq', 3, true);
