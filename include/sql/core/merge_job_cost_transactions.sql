-- Land job cost transactions of one transfer; one row per Sage row id. Rows that do not differ are not touched.
-- A row moves from NEW to CURRENT to HISTORY and never back, so an extract taken before a move does not undo it.
merge into core.job_cost_transaction as t
using (
    select
        %(source)s::text as source,
        "Row_ID" as row_id,
        "Run"::integer as run,
        "Sequence"::integer as sequence,
        coalesce("Job", '') as job,
        coalesce("Extra", '') as extra,
        coalesce("Cost_Code", '') as cost_code,
        coalesce("Category", '') as category,
        "Transaction_Type" as transaction_type,
        "Transaction_Date"::date as transaction_date,
        "Accounting_Date"::date as accounting_date,
        coalesce("Description", '') as description,
        coalesce("Units", '0')::numeric(18, 4) as units,
        coalesce("Unit_Cost", '0')::numeric(18, 6) as unit_cost,
        coalesce("Amount", '0')::numeric(14, 2) as amount,
        coalesce("Debit_Account", '') as debit_account,
        coalesce("Credit_Account", '') as credit_account,
        coalesce("Application_of_Origin", '') as application_of_origin,
        coalesce("Batch", '') as batch,
        coalesce("Vendor", '') as vendor,
        coalesce("Invoice", '') as invoice,
        "Dist_Sequence"::integer as distribution_sequence,
        coalesce("Commitment_Type", '') as commitment_type,
        coalesce("Commitment", '') as commitment,
        "Commitment_Line_Item"::integer as item_number,
        "Retainage"::numeric(14, 2) as amount_retainage,
        coalesce("Tax_ID", '') as tax_id,
        coalesce("Amount_Type", '') as amount_type,
        coalesce("Standard_Item", '') as standard_item,
        coalesce("Ref_1", '') as ref_1,
        coalesce("Ref_2", '') as ref_2,
        coalesce("Operator_Stamp", '') as operator_stamp,
        ("Date_Stamp" || ' ' || coalesce("Time_Stamp", '00:00:00'))::timestamp at time zone %(zone)s as stamped_at,
        "Row_Version"::bigint as row_version
    from landable
) as a
    on
        t.company_id = %(company_id)s
        and t.row_id = a.row_id
when matched and
(
    t.gone_at is not null
    or array_position(array['NEW', 'CURRENT', 'HISTORY'], a.source)
    >= array_position(array['NEW', 'CURRENT', 'HISTORY'], t.source)
)
and row(
    t.source, t.run, t.sequence, t.job, t.extra, t.cost_code, t.category, t.transaction_type,
    t.transaction_date, t.accounting_date, t.description, t.units, t.unit_cost, t.amount, t.debit_account,
    t.credit_account, t.application_of_origin, t.batch, t.vendor, t.invoice, t.distribution_sequence,
    t.commitment_type, t.commitment, t.item_number, t.amount_retainage, t.tax_id, t.amount_type,
    t.standard_item, t.ref_1, t.ref_2, t.operator_stamp, t.stamped_at, t.row_version, t.gone_at
)
is distinct from row(
    a.source, a.run, a.sequence, a.job, a.extra, a.cost_code, a.category, a.transaction_type,
    a.transaction_date, a.accounting_date, a.description, a.units, a.unit_cost, a.amount, a.debit_account,
    a.credit_account, a.application_of_origin, a.batch, a.vendor, a.invoice, a.distribution_sequence,
    a.commitment_type, a.commitment, a.item_number, a.amount_retainage, a.tax_id, a.amount_type,
    a.standard_item, a.ref_1, a.ref_2, a.operator_stamp, a.stamped_at, a.row_version,
    null::timestamptz
)
then
    update
        set
            source = a.source,
            run = a.run,
            sequence = a.sequence,
            job = a.job,
            extra = a.extra,
            cost_code = a.cost_code,
            category = a.category,
            transaction_type = a.transaction_type,
            transaction_date = a.transaction_date,
            accounting_date = a.accounting_date,
            description = a.description,
            units = a.units,
            unit_cost = a.unit_cost,
            amount = a.amount,
            debit_account = a.debit_account,
            credit_account = a.credit_account,
            application_of_origin = a.application_of_origin,
            batch = a.batch,
            vendor = a.vendor,
            invoice = a.invoice,
            distribution_sequence = a.distribution_sequence,
            commitment_type = a.commitment_type,
            commitment = a.commitment,
            item_number = a.item_number,
            amount_retainage = a.amount_retainage,
            tax_id = a.tax_id,
            amount_type = a.amount_type,
            standard_item = a.standard_item,
            ref_1 = a.ref_1,
            ref_2 = a.ref_2,
            operator_stamp = a.operator_stamp,
            stamped_at = a.stamped_at,
            row_version = a.row_version,
            gone_at = null,
            transfer_id = %(transfer_id)s
when not matched then
    insert (
        company_id, source, row_id, run, sequence, job, extra, cost_code, category, transaction_type,
        transaction_date, accounting_date, description, units, unit_cost, amount, debit_account,
        credit_account, application_of_origin, batch, vendor, invoice, distribution_sequence, commitment_type,
        commitment, item_number, amount_retainage, tax_id, amount_type, standard_item, ref_1, ref_2,
        operator_stamp, stamped_at, row_version, transfer_id
    )
    values (
        %(company_id)s, a.source, a.row_id, a.run, a.sequence, a.job, a.extra, a.cost_code, a.category,
        a.transaction_type, a.transaction_date, a.accounting_date, a.description, a.units, a.unit_cost,
        a.amount, a.debit_account, a.credit_account, a.application_of_origin, a.batch, a.vendor, a.invoice,
        a.distribution_sequence, a.commitment_type, a.commitment, a.item_number, a.amount_retainage, a.tax_id,
        a.amount_type, a.standard_item, a.ref_1, a.ref_2, a.operator_stamp, a.stamped_at, a.row_version,
        %(transfer_id)s
    )
