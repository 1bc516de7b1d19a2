-- What is returned for replacement is to come again: it makes room before a line is over-received, and is closed short
-- where its commitment is closed first. What is rejected was never accepted and is to come, whatever its disposition,
-- until the commitment is reduced or closed; what is returned for credit or paid for stays accepted (domain 6).
do $$
declare
    definition text := pg_get_functiondef('mart.commitment_position_at(text, date)'::regprocedure);
    part record;
begin
    for part in
        select *
        from (
            values
            (
                'l.units_accepted > l.units_revised as is_over_received',
                'l.units_accepted - l.units_replaced > l.units_revised as is_over_received'
            ),
            (
                'greatest(l.units_revised - l.units_accepted, 0)',
                'greatest(l.units_revised - l.units_accepted + l.units_replaced, 0)'
            ),
            (
                'l.units_revised > l.units_accepted then l.amount_revised - l.amount_accepted else',
                'l.units_revised > l.units_accepted - l.units_replaced '
                'then l.amount_revised - l.amount_accepted + l.amount_replaced else'
            )
        ) as parts (old_text, new_text)
    loop
        if strpos(definition, part.old_text) = 0 then
            raise exception 'mart.commitment_position_at is not the function this migration changes: no %', part.old_text;
        end if;
        definition := replace(definition, part.old_text, part.new_text);
    end loop;
    execute definition;
end
$$;

comment on column mart.commitment_position.is_over_received
is 'Accepted units less those returned for replacement exceed the revised order';
