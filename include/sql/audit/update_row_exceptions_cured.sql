-- Close the exceptions that a landing cured: the record landed in good form, or is in a complete extract no more.
update audit.exception as x
set closed_at = now(), closed_by = %(closed_by)s
where
    x.company_id = %(company_id)s
    and x.record_kind = %(record_kind)s
    and x.closed_at is null
    and not exists (
        select
        from staged_exception as s
        where s.record_key = x.record_key and s.rule = x.rule
    )
    and (
        %(is_full)s
        or exists (
            select
            from staged_row as r
            where r.record_key = x.record_key
        )
    )
