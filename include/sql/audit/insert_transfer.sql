-- Note that a file arrived, or that it is tried again; one row per number, version and content.
insert into audit.transfer as kept (
    company_id, flow, direction, environment, seq, rev, file_name, state, row_count, byte_count, sha256, manifest,
    server_stamp
)
values (
    %(company_id)s, %(flow)s, 'in', %(environment)s, %(seq)s, %(rev)s, %(file_name)s, 'arrived', %(row_count)s,
    %(byte_count)s, %(sha256)s, %(manifest)s, %(server_stamp)s
)
on conflict (company_id, direction, flow, environment, seq, rev, sha256) do update
    set
        attempts = kept.attempts + 1,
        server_stamp = excluded.server_stamp
returning
    transfer_id,
    attempts,
    found_at,
    now() - found_at as waiting
