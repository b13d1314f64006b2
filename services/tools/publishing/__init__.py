"""The published contracts (WSDL, XSD, OpenAPI, JSON Schema), made from the code; what breaks their readers."""
