-- A copied database must not log in to real networks.
UPDATE social_crm_account
   SET state = CASE WHEN state = 'draft' THEN 'draft' ELSE 'paused' END,
       username = NULL, password = NULL, client_id = NULL, client_secret = NULL,
       access_token = NULL, refresh_token = NULL, webhook_secret = NULL,
       test_preview = NULL;
-- Nor keep the login of a dialog that was open.
DELETE FROM social_crm_connect;
-- Nor take facts from programs that know the original.
UPDATE res_company SET social_crm_fact_secret = NULL;
