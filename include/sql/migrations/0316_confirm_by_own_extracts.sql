-- A row that is gone is confirmed by extracts of the company's own environment. Those that landed while it was tried
-- out never come again: after them no row was ever confirmed gone, and no offset of a deleted invoice taken back.
do $$
declare
    changed text;
    definition text;
    old_text constant text := '(w.landed_at <= t.gone_at)';
    new_text constant text := '(w.landed_at <= t.gone_at) AND (w.environment = ( SELECT y.environment'
        ' FROM core.company y WHERE (y.company_id = w.company_id)))';
begin
    foreach changed in array array['outbox.mirrored_ap_row', 'outbox.loose_ap_row'] loop
        definition := pg_get_viewdef(changed::regclass);
        if strpos(definition, old_text) = 0 then
            raise exception '% is not the view this migration changes: no %', changed, old_text;
        end if;
        execute format(
            'create or replace view %s with (security_invoker = true) as %s',
            changed, replace(definition, old_text, new_text)
        );
    end loop;
end
$$;
