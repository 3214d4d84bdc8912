"""Who may do what over HTTP, and see what: declared in `seeds/access.yaml`, held here."""
