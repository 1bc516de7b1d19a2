-- As before, and what waits of journals and of corrections of commitments counts too: a flow is late when a record of
-- it waits.
do $$
declare
    definition text := pg_get_viewdef('mart.flow_health'::regclass);
    old_text constant text := E'), all_ways AS (';
    new_text constant text := E' union all
        select journal_line.company_id, ''journals'' as flow, max(journal_line.sent_at) as succeeded_at,
            min(journal_line.created_at) filter (
                where journal_line.state in (''eligible'', ''sealed'', ''sending'', ''unknown'')
            ) as waiting_since
        from outbox.journal_line
        group by journal_line.company_id
        union all
        select change_order.company_id, ''commitment_changes'' as flow, max(change_order.sent_at) as succeeded_at,
            min(change_order.created_at) filter (
                where change_order.state in (''eligible'', ''sealed'', ''sending'', ''unknown'')
            ) as waiting_since
        from outbox.change_order
        group by change_order.company_id
    ), all_ways AS (';
    old_effect constant text := E'WHEN ''master_data''::text THEN';
    new_effect constant text := E'WHEN ''journals''::text THEN ''the balance sheet lacks what is received and not billed: the month cannot be signed off''::text
        WHEN ''commitment_changes''::text THEN ''orders are larger in Sage than what is still to come''::text
        WHEN ''master_data''::text THEN';
begin
    if strpos(definition, old_text) = 0 or strpos(definition, old_effect) = 0 then
        raise exception 'mart.flow_health is not the view this migration changes';
    end if;
    definition := replace(replace(definition, old_text, new_text), old_effect, new_effect);
    execute 'create or replace view mart.flow_health with (security_invoker = true) as ' || definition;
end
$$;
