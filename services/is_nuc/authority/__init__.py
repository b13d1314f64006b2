"""The data that НУЦ keeps and signs: certificates, revocation lists, OCSP responses, time-stamps."""
