-- Comments of the mirror of Sage, of what was received and of the record about it. A column means the same wherever it
-- stands, so its words are given once; a few columns of one table have words of their own (third list).
do $$
declare
    wanted record;
begin
    for wanted in
        select *
        from (values
            ('core.company', 'Companies and their profiles; a company is one Sage data folder; key: company_id'),
            ('core.row_history', 'What rows of the mirror were before each change; key: company_id, entity, row_key, version_no'),
            ('core.job', 'Jobs; key: company_id, job'),
            ('core.extra', 'Extras of jobs; key: company_id, job, extra'),
            ('core.cost_code', 'Cost codes of jobs; key: company_id, job, extra, cost_code'),
            ('core.category', 'Categories of cost codes, where cost is posted; key: company_id, job, extra, cost_code, category'),
            ('core.standard_cost_code', 'Standard cost codes; key: company_id, cost_code'),
            ('core.standard_category', 'Standard categories; key: company_id, category'),
            ('core.vendor', 'Vendors; key: company_id, vendor'),
            ('core.item', 'Material catalog; key: company_id, standard_item'),
            ('core.commitment', 'Purchase orders and subcontracts; key: company_id, commitment'),
            ('core.commitment_item', 'Commitment items (PO lines), as first committed; key: company_id, commitment, item_number'),
            ('core.change_order', 'Commitment change orders; key: company_id, commitment, change_order'),
            ('core.change_order_item', 'What change orders change; key: company_id, commitment, change_order, item_number'),
            ('core.job_cost_transaction', 'Job cost transactions of Sage, posted and entered; key: company_id, row_id'),
            ('core.fiscal_period', 'Which months are open in Sage; key: company_id, period, application'),
            ('core.ledger_transaction', 'General ledger rows of the clearing accounts; key: company_id, row_id'),
            ('core.mapping', 'Material class to codes, by day; key: company_id, material_class, job, effective_from'),
            ('core.ap_rule', 'What rows of accounts payable without a PO line are; key: company_id, rule_no'),
            ('landing.raw_file', 'Bytes of files as received; key: sha256'),
            ('audit.transfer', 'Every file received; key: transfer_id'),
            ('audit.watermark', 'What landed last of every flow; key: company_id, flow, environment'),
            ('audit.exception', 'Records that were refused, open and closed; key: exception_id'),
            ('audit.chain_head', 'Heads of the chain over the event log; key: batch'),
            ('audit.approval', 'Decisions of people, append-only; key: approval_id')
        ) as listed (relation, meaning)
    loop
        execute format('comment on table %s is %L', wanted.relation, wanted.meaning);
    end loop;
end
$$;

do $$
declare
    wanted record;
begin
    for wanted in
        with general (column_name, meaning) as (values
            ('company_id', 'The company: one Sage data folder'),
            ('transfer_id', 'The transfer that last changed the row; null where it came another way'),
            ('job', 'Job in Sage'),
            ('extra', 'Extra of the job; empty = base job'),
            ('cost_code', 'Cost code of the job'),
            ('category', 'Category of the cost code; its meaning comes from Accumulate_As alone'),
            ('vendor', 'Vendor in Sage'),
            ('standard_item', 'Material: standard item of the catalog'),
            ('commitment', 'Commitment (purchase order) in Sage; empty where none'),
            ('item_number', 'Item number of the commitment (PO line); null where none'),
            ('change_order', 'Number of the change order, once per commitment'),
            ('description', 'Text in Sage'),
            ('status', 'Status in Sage'),
            ('is_on_hold', 'On hold in Sage'),
            ('is_group', 'Group cost code: a roll-up, never posted to'),
            ('is_closed', 'Closed in Sage: nothing more is to be received'),
            ('is_active', 'Active in Sage'),
            ('accumulate_as', 'Cost class: Labor, Material, Subcontract, Equipment, Overhead or Other'),
            ('unit', 'Unit of quantities'),
            ('cost_account', 'GL account cost is debited to; empty = the default'),
            ('cost_account_prefix', 'Prefix of the job''s cost accounts'),
            ('amount_original_estimate', 'Estimate before changes'),
            ('amount_job_to_date_cost', 'Cost to date, as Sage''s master holds it'),
            ('amount_revised_commitment', 'Committed, with approved changes, as Sage''s master holds it'),
            ('amount_commitment_invoiced', 'Invoiced against commitments, as Sage''s master holds it'),
            ('vendor_name', 'Name of the vendor'),
            ('address', 'Street'),
            ('city', 'City'),
            ('state', 'State'),
            ('zip', 'Postal code'),
            ('material_class', 'Class of the material; leads to codes by core.mapping'),
            ('unit_cost_standard', 'Standard cost of one unit'),
            ('commitment_type', 'Purchase order or Subcontract'),
            ('commitment_date', 'Day the commitment was made'),
            ('amount_original', 'Committed before changes, tax included'),
            ('amount_approved_changes', 'Sum of approved changes'),
            ('amount_invoiced', 'Invoiced so far, as Sage''s master holds it'),
            ('units', 'Quantity, signed'),
            ('unit_cost', 'Cost of one unit; null where a change leaves it'),
            ('amount', 'Money in company currency, signed'),
            ('amount_tax', 'Tax within the amount'),
            ('units_invoiced', 'Units invoiced so far, as Sage''s master holds it'),
            ('change_order_date', 'Date of the change order'),
            ('approved_at', 'Instant that gives a change order its place among all records'),
            ('close_count', 'How many of our period closes were signed before it became known'),
            ('source', 'CURRENT or HISTORY (posted), NEW (entered, not posted)'),
            ('row_id', 'Row id in Sage'),
            ('run', 'Posting run in Sage'),
            ('sequence', 'Sequence within the run'),
            ('transaction_type', 'Transaction type in Sage, such as JC cost or AP cost'),
            ('transaction_date', 'Day of what happened'),
            ('accounting_date', 'Day that decides the month'),
            ('debit_account', 'GL account debited'),
            ('credit_account', 'GL account credited'),
            ('application_of_origin', 'Application that made the row: JC, AP, ...'),
            ('batch', 'Batch in Sage'),
            ('invoice', 'Invoice number'),
            ('distribution_sequence', 'Distribution of the invoice'),
            ('amount_retainage', 'Retainage of the row'),
            ('tax_id', 'Tax the row is about'),
            ('amount_type', 'Kind of amount in Sage'),
            ('ref_1', 'First reference; our posting reference on our lines'),
            ('ref_2', 'Second reference; our batch on our lines'),
            ('operator_stamp', 'Who entered the row'),
            ('stamped_at', 'When the row was entered, by the Sage server''s clock'),
            ('row_version', 'Version of the row in Sage'),
            ('gone_at', 'When a complete extract no longer held the row; null = it is there'),
            ('period', 'Month, YYYY-MM'),
            ('application', 'Application whose month it is: JC, AP or GL'),
            ('account', 'GL account'),
            ('amount_debit', 'Debit'),
            ('amount_credit', 'Credit'),
            ('effective_from', 'First day'),
            ('effective_to', 'Last day; null = until further notice'),
            ('owner', 'Who has to act or answers for it'),
            ('approved_by', 'Who approved'),
            ('rule_no', 'Place in the profile''s list; the first rule that fits decides'),
            ('kind', 'tax, freight or unmanaged'),
            ('description_pattern', 'Regular expression on the description; null = any'),
            ('company_name', 'Name of the company'),
            ('environment', 'PROD or TEST; part of every file name'),
            ('time_zone', 'Zone of the Sage server''s clock'),
            ('file_encoding', 'What Sage''s import reads'),
            ('clearing_account', 'GL account credited by our lines'),
            ('policy', 'When material becomes job cost: installation, receipt or invoice'),
            ('profile', 'Everything agreed with the company, as loaded'),
            ('loaded_at', 'When the profile was loaded'),
            ('entity', 'Table of the mirror'),
            ('row_key', 'Key of the row without company, joined by /'),
            ('version_no', 'Number of the change, from 1'),
            ('row_before', 'The row before the change'),
            ('row_after', 'The row after it'),
            ('changed_at', 'When it changed here'),
            ('sha256', 'sha256 of the content'),
            ('byte_count', 'Bytes'),
            ('content', 'The bytes; null where they lie in the raw folder'),
            ('file_path', 'Where a large file lies; null where the bytes are in the row'),
            ('stored_at', 'When it came first'),
            ('flow', 'Flow of the exchange'),
            ('direction', 'in or out'),
            ('seq', 'Number of the file in its flow, without a gap'),
            ('rev', 'Version of the file under its number'),
            ('file_name', 'Name of the file'),
            ('row_count', 'Rows, by the manifest'),
            ('rows_landed', 'Rows that keep their promises'),
            ('rows_quarantined', 'Rows kept out'),
            ('rows_changed', 'Rows of the mirror that changed'),
            ('manifest', 'The manifest as received'),
            ('validation', 'Result of Great Expectations'),
            ('reason', 'What is wrong, in one sentence; empty = nothing'),
            ('attempts', 'How often it was tried'),
            ('server_stamp', 'Size and time of file and manifest on the server when last looked at'),
            ('found_at', 'When it was seen first'),
            ('finished_at', 'When it got its state; null while it waits'),
            ('acknowledged_at', 'When our answer was on the server; null = still to be written'),
            ('extracted_at', 'When the sender read its content'),
            ('landed_at', 'When it landed'),
            ('exception_id', 'Number of the exception'),
            ('record_kind', 'What was refused: a flow''s row, a file, an event, ...'),
            ('record_key', 'Key of the record within its kind'),
            ('rule', 'The promise it breaks'),
            ('remedy', 'What to do'),
            ('payload', 'The record as received; a list where several share the key'),
            ('opened_at', 'When it was refused first'),
            ('last_attempt_at', 'When it was refused last'),
            ('closed_at', 'When it was cured; null = open'),
            ('closed_by', 'What or who cured it'),
            ('event_count', 'Events of the batch'),
            ('root', 'Root over the batch and the root before'),
            ('previous_root', 'Root of the batch before'),
            ('created_at', 'When the batch was chained'),
            ('published_at', 'When the head was published outside the database'),
            ('published_as', 'Where it was published'),
            ('approval_id', 'Number of the decision'),
            ('subject_kind', 'What was decided about'),
            ('subject_id', 'Which one'),
            ('content_hash', 'sha256 of exactly what was shown'),
            ('prepared_by', 'Who prepared it; never the one who decides'),
            ('decided_by', 'Who decided'),
            ('decision', 'approved or refused'),
            ('comment', 'Why, in words of who decided'),
            ('dag_id', 'DAG in which it was decided'),
            ('run_id', 'Run in which it was decided'),
            ('decided_at', 'When it was decided')
        ),

        particular (relation, column_name, meaning) as (values
            ('core.mapping', 'job', 'Job it is for; empty = every job'),
            ('core.commitment_item', 'amount', 'Amount of the line, tax included'),
            ('core.commitment_item', 'unit_cost', 'Cost of one unit as first committed; 0 for a lump sum'),
            ('core.fiscal_period', 'status', 'Open or Closed'),
            ('core.change_order', 'status', 'Approved or Pending; only approved ones move the commitment'),
            ('core.ap_rule', 'cost_code', 'Cost code it is for; null = any'),
            ('core.ap_rule', 'tax_id', 'Tax id it is for; null = any'),
            ('core.ap_rule', 'debit_account', 'Account it is for; null = any'),
            ('audit.transfer', 'transfer_id', 'Number of the transfer'),
            ('audit.transfer', 'state', 'arrived, parked, refused, waiting_approval; landed, duplicate, superseded, quarantined'),
            ('audit.transfer', 'sha256', 'sha256 of the file by its manifest; empty where that cannot be read'),
            ('audit.exception', 'transfer_id', 'The transfer it came with last; null where it came another way'),
            ('audit.chain_head', 'batch', 'Number of the batch, rising')
        )

        select
            format('%I.%I', n.nspname, c.relname) as relation,
            a.attname,
            coalesce(p.meaning, g.meaning) as meaning
        from pg_class as c
        inner join pg_namespace as n on n.oid = c.relnamespace
        inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        left join general as g on g.column_name = a.attname
        left join particular as p on p.relation = format('%s.%s', n.nspname, c.relname) and p.column_name = a.attname
        where
            c.relkind = 'r'
            and n.nspname in ('core', 'landing', 'audit')
            and coalesce(p.meaning, g.meaning) is not null
    loop
        execute format('comment on column %s.%I is %L', wanted.relation, wanted.attname, wanted.meaning);
    end loop;
end
$$;

comment on function core.keep_history is
'Keeps rows of the mirror as they were before each change, whoever changes them';
