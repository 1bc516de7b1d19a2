-- Hand the documents that keep their promises to the event log's landing; one row per document.
insert into staged_event (row_no, company_id, event_id, document)
select
    row_no,
    %(company_id)s,
    event_id,
    document
from landable
