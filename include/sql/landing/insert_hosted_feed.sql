-- Seal a feed under its number; the key refuses a second content.
insert into landing.hosted_feed (company_id, flow, environment, seq, file_name, content, manifest, sha256)
values (
    %(company_id)s, %(flow)s, %(environment)s, %(seq)s, %(file_name)s, %(content)s, %(manifest)s, %(sha256)s
)
