-- Keys of reconciliations, of what they found and of what they proposed begin with the company.
call core.put_company_first('recon.accrual_release');
call core.put_company_first('recon.adjustment');
call core.put_company_first('recon.difference');
call core.put_company_first('recon.dismissal');
call core.put_company_first('recon.foreign_decision');
call core.put_company_first('recon.go_live_check');
call core.put_company_first('recon.go_live_run');
call core.put_company_first('recon.job_demand');
call core.put_company_first('recon.journal');
call core.put_company_first('recon.line_decision');
call core.put_company_first('recon.proposed_event');
call core.put_company_first('recon.run');
call core.put_company_first('recon.run_account');
call core.put_company_first('recon.signed_row');
call core.put_company_first('recon.variance');
