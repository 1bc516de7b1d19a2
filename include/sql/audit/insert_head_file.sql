-- Seal a file of heads: its bytes never change from here on; one row.
insert into audit.head_file (
    company_id, environment, seq, file_name, content, manifest, sha256, row_count, first_batch, last_batch, last_root
)
values (
    %(company_id)s, %(environment)s, %(seq)s, %(file_name)s, %(content)s, %(manifest)s, %(sha256)s, %(row_count)s,
    %(first_batch)s, %(last_batch)s, decode(%(last_root)s, 'hex')
)
