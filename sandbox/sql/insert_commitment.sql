-- Enters a commitment; grain: one commitment.
insert into JCM_MASTER__COMMITMENT (
    Commitment, Description, Commitment_Type, Vendor, Job, Commitment_Date, Closed, Amount, Approved_Changes
) values (:Commitment, :Description, 'Purchase order', :Vendor, :Job, :Commitment_Date, 0, :Amount, :Approved_Changes)
