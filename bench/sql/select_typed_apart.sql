-- Rows that the mirror and the table of the ceiling do not have alike; one row each.
select coalesce(t.row_id, c."Row_ID") as row_id
from core.job_cost_transaction as t
full join typed as c on c.company_id = t.company_id and c."Row_ID" = t.row_id
where
    (
        t.job, t.cost_code, t.category, t.transaction_date, t.accounting_date, t.description, t.units, t.unit_cost,
        t.amount, t.debit_account, t.vendor, t.invoice, t.commitment, t.item_number, t.stamped_at, t.row_version
    )
    is distinct from (
        c."Job", c."Cost_Code", c."Category", c."Transaction_Date", c."Accounting_Date", c."Description", c."Units",
        c."Unit_Cost", c."Amount", c."Debit_Account", c."Vendor", c."Invoice", coalesce(c."Commitment", ''),
        c."Commitment_Line_Item", (c."Date_Stamp" + c."Time_Stamp") at time zone 'UTC', c."Row_Version"
    )
