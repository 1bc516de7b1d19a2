-- Keep the bytes of a file as received; one row per content, a content that came before is kept once.
insert into landing.raw_file (sha256, byte_count, content, file_path)
values (%(sha256)s, %(byte_count)s, %(content)s, %(file_path)s)
on conflict (sha256) do nothing
