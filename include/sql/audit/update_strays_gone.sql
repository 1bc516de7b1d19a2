-- Close the exceptions about files of a folder that lie there no more or are in order now; one row per file.
update audit.exception
set closed_at = now(), closed_by = 'the file is gone or in order'
where
    company_id = %(company_id)s
    and record_kind = 'file'
    and rule in ('RS-214', 'RS-215')
    and closed_at is null
    and payload ->> 'folder' = %(folder)s
    and record_key <> all(%(names)s)
