-- Land posted general ledger transactions of one transfer; one row per row id. Rows that do not differ are not touched.
merge into core.ledger_transaction as t
using (
    select
        "Row_ID" as row_id,
        coalesce("Account", '') as account,
        "Transaction_Date"::date as transaction_date,
        "Accounting_Date"::date as accounting_date,
        coalesce("Description", '') as description,
        coalesce("Debit", '0')::numeric(14, 2) as amount_debit,
        coalesce("Credit", '0')::numeric(14, 2) as amount_credit,
        coalesce("Application_of_Origin", '') as application_of_origin,
        coalesce("Batch", '') as batch
    from landable
) as a
    on
        t.company_id = %(company_id)s
        and t.row_id = a.row_id
when matched and
row(
    t.account, t.transaction_date, t.accounting_date, t.description, t.amount_debit, t.amount_credit,
    t.application_of_origin, t.batch
)
is distinct from row(
    a.account, a.transaction_date, a.accounting_date, a.description, a.amount_debit, a.amount_credit,
    a.application_of_origin, a.batch
)
then
    update
        set
            account = a.account,
            transaction_date = a.transaction_date,
            accounting_date = a.accounting_date,
            description = a.description,
            amount_debit = a.amount_debit,
            amount_credit = a.amount_credit,
            application_of_origin = a.application_of_origin,
            batch = a.batch,
            transfer_id = %(transfer_id)s
when not matched then
    insert (
        company_id, row_id, account, transaction_date, accounting_date, description, amount_debit,
        amount_credit, application_of_origin, batch, transfer_id
    )
    values (
        %(company_id)s, a.row_id, a.account, a.transaction_date, a.accounting_date, a.description,
        a.amount_debit, a.amount_credit, a.application_of_origin, a.batch, %(transfer_id)s
    )
