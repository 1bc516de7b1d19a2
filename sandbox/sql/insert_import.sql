-- Remembers an import by the content of its file; grain: one import.
insert into SANDBOX_IMPORT (
    Import_Number, Sha256, File_Name, Imported_At, Accepted, Rejected, Reject_Path, Print_Path, Is_Delivered
) values (:Import_Number, :Sha256, :File_Name, :Imported_At, :Accepted, :Rejected, :Reject_Path, :Print_Path, 0)
