-- Seal a file: its number, exact bytes and manifest; one row, which gets its log row with it.
with sealed as (
    insert into outbox.batch (
        company_id, flow, environment, seq, rev, file_name, content, manifest, sha256, row_count, amount_debit,
        amount_credit, state
    )
    values (
        %(company_id)s, %(flow)s, %(environment)s, %(seq)s, %(rev)s, %(file_name)s, %(content)s, %(manifest)s,
        %(sha256)s, %(row_count)s, %(amount_debit)s, %(amount_credit)s, 'sealed'
    )
    returning company_id, batch_id
),

logged as (
    insert into outbox.state_log (company_id, batch_id, state_from, state_to, evidence)
    select
        s.company_id,
        s.batch_id,
        'eligible' as state_from,
        'sealed' as state_to,
        jsonb_build_object('sha256', %(sha256)s::text, 'rows', %(row_count)s::integer) as evidence
    from sealed as s
),

shown as (
    insert into audit.transfer (
        company_id, flow, direction, environment, seq, rev, file_name, state, row_count, byte_count, sha256, manifest
    )
    values (
        %(company_id)s, %(flow)s, 'out', %(environment)s, %(seq)s, %(rev)s, %(file_name)s, 'sealed', %(row_count)s,
        octet_length(%(content)s::bytea), %(sha256)s, convert_from(%(manifest)s, 'UTF8')::jsonb
    )
)

select s.batch_id from sealed as s
