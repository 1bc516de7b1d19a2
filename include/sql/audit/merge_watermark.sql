-- Advance the mark of what landed last; one row per company, flow and environment, never moved back.
insert into audit.watermark as kept (company_id, flow, environment, seq, rev, sha256, row_count, extracted_at)
values (
    %(company_id)s, %(flow)s, %(environment)s, %(seq)s, %(rev)s, %(sha256)s, %(row_count)s, %(extracted_at)s
)
on conflict (company_id, flow, environment) do update set
    seq = excluded.seq,
    rev = excluded.rev,
    sha256 = excluded.sha256,
    row_count = excluded.row_count,
    extracted_at = excluded.extracted_at,
    landed_at = now()
where kept.seq <= excluded.seq
