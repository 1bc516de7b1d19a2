-- What somebody who knows the feed would write by hand for its checks: one row, a count of violations per rule.
select
    count(*) filter (
        where "Row_ID" in ('Total', 'TOTAL', 'total', 'Totals', 'TOTALS', 'Grand Total', 'Grand total', 'GRAND TOTAL')
    ) as "JCT_no_total_row",
    count(*) filter (where "Row_ID" is null) as "JCT_Row_ID_given",
    count(*) filter (where "Job" is null) as "JCT_Job_given",
    count(*) filter (where "Cost_Code" is null) as "JCT_Cost_Code_given",
    count(*) filter (where "Transaction_Type" is null) as "JCT_Transaction_Type_given",
    count(*) filter (where "Transaction_Date" is null) as "JCT_Transaction_Date_given",
    count(*) filter (where "Accounting_Date" is null) as "JCT_Accounting_Date_given",
    count(*) filter (where "Amount" is null) as "JCT_Amount_given",
    count(*) filter (where char_length("Row_ID") > 36) as "JCT_Row_ID_length",
    count(*) filter (where "Run" !~ '^[0-9]{1,9}$') as "JCT_Run_form",
    count(*) filter (where "Sequence" !~ '^[0-9]{1,9}$') as "JCT_Sequence_form",
    count(*) filter (where char_length("Job") > 12) as "JCT_Job_length",
    count(*) filter (where char_length("Extra") > 10) as "JCT_Extra_length",
    count(*) filter (where char_length("Cost_Code") > 13) as "JCT_Cost_Code_length",
    count(*) filter (where char_length("Category") > 3) as "JCT_Category_length",
    count(*) filter (where char_length("Transaction_Type") > 20) as "JCT_Transaction_Type_length",
    count(*) filter (
        where
        not ("Transaction_Date" ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' and pg_input_is_valid("Transaction_Date", 'date'))
    ) as "JCT_Transaction_Date_form",
    count(*) filter (
        where not ("Accounting_Date" ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' and pg_input_is_valid("Accounting_Date", 'date'))
    ) as "JCT_Accounting_Date_form",
    count(*) filter (where char_length("Description") > 30) as "JCT_Description_length",
    count(*) filter (where "Units" !~ '^-?[0-9]{1,14}([.][0-9]{1,4})?$') as "JCT_Units_form",
    count(*) filter (where "Unit_Cost" !~ '^-?[0-9]{1,12}([.][0-9]{1,6})?$') as "JCT_Unit_Cost_form",
    count(*) filter (where "Amount" !~ '^-?[0-9]{1,12}([.][0-9]{1,2})?$') as "JCT_Amount_form",
    count(*) filter (where char_length("Debit_Account") > 25) as "JCT_Debit_Account_length",
    count(*) filter (where char_length("Credit_Account") > 25) as "JCT_Credit_Account_length",
    count(*) filter (where char_length("Application_of_Origin") > 3) as "JCT_Application_of_Origin_length",
    count(*) filter (where char_length("Batch") > 10) as "JCT_Batch_length",
    count(*) filter (where char_length("Vendor") > 10) as "JCT_Vendor_length",
    count(*) filter (where char_length("Invoice") > 15) as "JCT_Invoice_length",
    count(*) filter (where "Dist_Sequence" !~ '^[0-9]{1,5}$') as "JCT_Dist_Sequence_form",
    count(*) filter (where char_length("Commitment_Type") > 20) as "JCT_Commitment_Type_length",
    count(*) filter (where char_length("Commitment") > 12) as "JCT_Commitment_length",
    count(*) filter (where "Commitment_Line_Item" !~ '^[0-9]{1,5}$') as "JCT_Commitment_Line_Item_form",
    count(*) filter (where "Retainage" !~ '^-?[0-9]{1,12}([.][0-9]{1,2})?$') as "JCT_Retainage_form",
    count(*) filter (where char_length("Tax_ID") > 6) as "JCT_Tax_ID_length",
    count(*) filter (where char_length("Amount_Type") > 20) as "JCT_Amount_Type_length",
    count(*) filter (where char_length("Standard_Item") > 10) as "JCT_Standard_Item_length",
    count(*) filter (where char_length("Ref_1") > 10) as "JCT_Ref_1_length",
    count(*) filter (where char_length("Ref_2") > 10) as "JCT_Ref_2_length",
    count(*) filter (where char_length("Operator_Stamp") > 20) as "JCT_Operator_Stamp_length",
    count(*) filter (
        where not ("Date_Stamp" ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' and pg_input_is_valid("Date_Stamp", 'date'))
    ) as "JCT_Date_Stamp_form",
    count(*) filter (
        where "Time_Stamp" !~ '^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?$'
    ) as "JCT_Time_Stamp_form",
    count(*) filter (where "Row_Version" !~ '^[0-9]{1,18}$') as "JCT_Row_Version_form",
    sum("Amount"::numeric) filter (where pg_input_is_valid("Amount", 'numeric') and "Amount" not like '-%%')
        as debit,
    -sum("Amount"::numeric) filter (where pg_input_is_valid("Amount", 'numeric') and "Amount" like '-%%') as credit,
    sum(('x' || left(encode(sha256(convert_to("Row_ID", 'UTF8')), 'hex'), 8))::bit(32)::bigint) as key_hash_total,
    (
        select coalesce(sum(t.times), 0)
        from (
            select count(*) as times
            from staged
            group by "Row_ID"
            having count(*) > 1
        ) as t
    ) as "JCT_key_unique",
    count(*) filter (where j.job is null) as "JCT_job_known",
    count(*) filter (where "Cost_Code" is not null and c.cost_code is null)
        as "JCT_cost_code_known",
    count(*) filter (where "Category" is not null and k.category is null)
        as "JCT_category_known"
from staged as s
left join core.job as j on j.company_id = %(company_id)s and j.job = s."Job"
left join core.cost_code as c
    on
        c.company_id = %(company_id)s and c.job = s."Job" and c.extra = coalesce(s."Extra", '')
        and c.cost_code = s."Cost_Code"
left join core.category as k
    on
        k.company_id = %(company_id)s and k.job = s."Job" and k.extra = coalesce(s."Extra", '')
        and k.cost_code = s."Cost_Code" and k.category = s."Category"
