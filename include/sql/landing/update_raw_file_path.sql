-- A raw file lies in the raw folder from now on; hash, size and day of arrival stay.
update landing.raw_file as r
set content = null, file_path = %(file_path)s
where r.company_id = %(company_id)s and r.sha256 = %(sha256)s and r.content is not null
