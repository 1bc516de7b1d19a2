-- Note what a run has to say of itself; nothing where it has said so already and nobody was told yet.
insert into audit.notice (company_id, kind, subject, message)
values (%(company_id)s, %(kind)s, %(subject)s, %(message)s)
on conflict (company_id, kind, subject) where closed_at is null do nothing
