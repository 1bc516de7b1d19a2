-- A sign-off that lapsed says which line moved: on the page of the month and in what people are told.
alter table ledger.period_close
add column lapsed_line text,
add column lapsed_lines bigint,
add constraint lapsed_has_line check (lapsed_line is null or lapsed_at is not null);
comment on column ledger.period_close.lapsed_line
is 'First line under it that changed, came or went; null while it stands, or where it lapsed before lines were kept';
comment on column ledger.period_close.lapsed_lines is 'How many lines that were';

-- As before, but the sentence of a lapsed sign-off names the line.
do $$
declare
    definition text := pg_get_viewdef('audit.notable'::regclass);
    part record;
begin
    for part in
        select *
        from (
            values
            (
                ''' lapsed: something booked under it moved. Reconcile the month anew; ''::text',
                '(('' lapsed: ''::text || coalesce(c.lapsed_line, ''something booked under it'')) || case '
                'when c.lapsed_lines > 1 then '' and '' || (c.lapsed_lines - 1) || '' others'' else '''' end) '
                '|| '' moved. Reconcile the month anew; ''::text'
            ),
            ('''the task log of check__laws names the line.''::text', '''its page shows what was signed.''::text')
        ) as parts (old_text, new_text)
    loop
        if strpos(definition, part.old_text) = 0 then
            raise exception 'audit.notable is not the view this migration changes: no %', part.old_text;
        end if;
        definition := replace(definition, part.old_text, part.new_text);
    end loop;
    execute 'create or replace view audit.notable with (security_invoker = true) as ' || definition;
end
$$;
