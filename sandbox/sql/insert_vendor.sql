-- Sets up a vendor; grain: one vendor.
insert into APM_MASTER__VENDOR (Vendor, Name, Address_1, City, State, ZIP, Is_Active)
values (:Vendor, :Name, :Address_1, :City, :State, :ZIP, :Is_Active)
