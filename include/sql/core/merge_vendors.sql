-- Land vendors of one transfer; one row per vendor. Rows that do not differ are not touched.
merge into core.vendor as t
using (
    select
        "Vendor" as vendor,
        coalesce("Name", '') as vendor_name,
        coalesce("Address_1", '') as address,
        coalesce("City", '') as city,
        coalesce("State", '') as state,
        coalesce("ZIP", '') as zip,
        lower(coalesce("Is_Active", '1')) in ('1', 'true') as is_active
    from landable
) as a
    on
        t.company_id = %(company_id)s
        and t.vendor = a.vendor
when matched and
row(t.vendor_name, t.address, t.city, t.state, t.zip, t.is_active)
is distinct from row(a.vendor_name, a.address, a.city, a.state, a.zip, a.is_active)
then
    update
        set
            vendor_name = a.vendor_name,
            address = a.address,
            city = a.city,
            state = a.state,
            zip = a.zip,
            is_active = a.is_active,
            transfer_id = %(transfer_id)s
when not matched then
    insert (
        company_id, vendor, vendor_name, address, city, state, zip, is_active, transfer_id
    )
    values (
        %(company_id)s, a.vendor, a.vendor_name, a.address, a.city, a.state, a.zip, a.is_active,
        %(transfer_id)s
    )
