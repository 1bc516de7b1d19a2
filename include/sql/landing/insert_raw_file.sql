-- Keep the bytes of a file as received; one row per company and content, a content that came before is kept once.
insert into landing.raw_file (company_id, sha256, byte_count, content, file_path)
values (%(company_id)s, %(sha256)s, %(byte_count)s, %(content)s, %(file_path)s)
on conflict (company_id, sha256) do nothing
