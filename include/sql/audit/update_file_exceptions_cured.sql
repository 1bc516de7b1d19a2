-- Close the exceptions about files that have landed, were superseded, or carry a name that is whole now.
update audit.exception as x
set closed_at = now(), closed_by = %(closed_by)s
where
    x.company_id = %(company_id)s
    and x.record_kind = 'file'
    and x.closed_at is null
    and (
        x.record_key = %(file_name)s
        or exists (
            select
            from audit.transfer as t
            where
                t.company_id = x.company_id
                and t.direction = 'in'
                and t.flow = %(flow)s
                and t.file_name = x.record_key
                and t.state in ('landed', 'duplicate', 'superseded')
        )
    )
    and x.rule <> 'RS-209'
