-- Evidence: the sign-off, who decided, and hashes of the rules in force; one row.
select
    r.run_no,
    r.proves_run_no,
    r.company_id,
    r.period,
    c.company_name,
    c.environment,
    r.materiality,
    r.prepared_by,
    v.decided_by,
    v.decided_at,
    v.comment,
    v.content_hash,
    p.version_no,
    p.close_no,
    p.sign_off_hash,
    p.signed_by,
    p.signed_at,
    r.sign_off_parts,
    r.tie_out,
    encode(sha256(convert_to(c.profile::text, 'UTF8')), 'hex') as profile_sha256,
    (
        select
            encode(
                sha256(
                    convert_to(coalesce(string_agg(m::text, E'\n' order by m::text collate "C"), ''), 'UTF8')
                ),
                'hex'
            )
        from core.mapping as m
        where m.company_id = r.company_id
    ) as mapping_sha256,
    (
        select
            encode(
                sha256(
                    convert_to(coalesce(string_agg(u::text, E'\n' order by u::text collate "C"), ''), 'UTF8')
                ),
                'hex'
            )
        from core.ap_rule as u
        where u.company_id = r.company_id
    ) as ap_rule_sha256,
    (
        select encode(h.root, 'hex')
        from audit.chain_head as h
        where h.company_id = r.company_id
        order by h.batch desc
        limit 1
    ) as chain_head,
    (
        select count(*)
        from ledger.material_event as e
        where e.company_id = r.company_id
    ) as events
from recon.run as r
inner join core.company as c on c.company_id = r.company_id
inner join ledger.period_close as p on p.company_id = r.company_id and p.sign_off_hash = r.sign_off_hash
inner join audit.approval as v on v.company_id = r.company_id and v.approval_id = r.approval_id
where r.run_no = %(run_no)s and r.state = 'signed'
