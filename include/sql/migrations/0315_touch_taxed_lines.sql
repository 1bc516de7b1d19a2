-- Whether tax reaches the job on the rows of a line decides what its units are worth: where a profile says otherwise
-- than before, every line with tax is valued again, not only those that something else happens to touch.
create function ledger.touch_taxed_lines() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into ledger.touched_line (company_id, commitment, item_number)
    select
        i.company_id,
        i.commitment,
        i.item_number
    from new_rows as n
    inner join old_rows as o on o.company_id = n.company_id and o.tax_on_lines <> n.tax_on_lines
    inner join core.commitment_item as i on i.company_id = n.company_id and i.amount_tax <> 0;
    return null;
end
$$;
comment on function ledger.touch_taxed_lines
is 'Values lines with tax anew whose company says otherwise whether that reaches the job on them';
create trigger touch_lines after update on core.company
referencing old table as old_rows new table as new_rows
for each statement execute function ledger.touch_taxed_lines();
