-- Store a company's profile; one row, touched only where something differs.
insert into core.company as kept (
    company_id, company_name, environment, time_zone, file_encoding, clearing_account, policy, profile,
    file_profile
)
values (
    %(company_id)s,
    %(company_name)s,
    %(environment)s,
    %(time_zone)s,
    %(file_encoding)s,
    %(clearing_account)s,
    %(policy)s,
    %(profile)s,
    %(file_profile)s
)
on conflict (company_id) do update set
    company_name = excluded.company_name,
    environment = excluded.environment,
    time_zone = excluded.time_zone,
    file_encoding = excluded.file_encoding,
    clearing_account = excluded.clearing_account,
    policy = excluded.policy,
    profile = excluded.profile,
    file_profile = excluded.file_profile,
    loaded_at = now()
where exists (
    select
        kept.company_name,
        kept.environment,
        kept.time_zone,
        kept.file_encoding,
        kept.clearing_account,
        kept.policy,
        kept.profile,
        kept.file_profile
    except
    select
        excluded.company_name,
        excluded.environment,
        excluded.time_zone,
        excluded.file_encoding,
        excluded.clearing_account,
        excluded.policy,
        excluded.profile,
        excluded.file_profile
)
