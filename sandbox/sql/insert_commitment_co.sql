-- Enters a commitment change order; grain: one change order.
insert into JCM_MASTER__COMMITMENT_CO (
    Commitment, Commitment_CO, Description, "Date", Status, Date_Stamp, Time_Stamp
) values (:Commitment, :Commitment_CO, :Description, :Date, :Status, :Date_Stamp, :Time_Stamp)
