"""What a citizen does at the portal, by the API or by its pages: accounts, applications, documents."""
