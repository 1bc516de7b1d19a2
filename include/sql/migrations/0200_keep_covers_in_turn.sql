-- Bills without units keep their turn on every day: a bill that a close knew lies before one that became known later,
-- also where its first day is the later one. Until that day it asks for nothing; before this migration the other bill
-- had its turn on those days, and the most that one had covered was taken for the first one's.
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
                ') as bill_no',
                ') as bill_no,
            min(k.first_day) over (
                partition by k.commitment, k.item_number
                order by k.close_no asc nulls last, k.billed_on, k.bill collate "C"
                rows between current row and unbounded following
            ) as shown_from'
            ),
            ('d.day >= b.first_day', 'd.day >= b.shown_from')
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
