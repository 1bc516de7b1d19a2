-- The page of one commitment: rows of Sage without a line are found by their bill (they were looked for among all rows,
-- six times a page), and the steps of the unit cost are worked out once, not once for each bill (80 lines: 90 ms).
create index job_cost_transaction_without_line_idx
on core.job_cost_transaction (company_id, vendor, invoice)
where transaction_type = 'AP cost' and item_number is null;

do $$
declare
    wanted constant regprocedure := 'ledger.bill_cover_of(text, text)';
    definition text := pg_get_functiondef(wanted);
    part record;
begin
    for part in
        select *
        from (
            values
            (
                'with recursive billed as (',
                'with recursive unit_cost_step as materialized (
        select u.*
        from ledger.unit_cost_step_of(wanted_company, wanted_commitment) as u
    ),

    billed as ('
            ),
            (
                'inner join ledger.unit_cost_step_of(wanted_company, wanted_commitment) as c',
                'inner join unit_cost_step as c'
            ),
            (
                'from ledger.unit_cost_step_of(wanted_company, wanted_commitment) as c',
                'from unit_cost_step as c'
            )
        ) as parts (old_text, new_text)
    loop
        if strpos(definition, part.old_text) = 0 then
            raise exception '% is not the function this migration changes: no %', wanted, part.old_text;
        end if;
        definition := replace(definition, part.old_text, part.new_text);
    end loop;
    execute definition;
end
$$;
