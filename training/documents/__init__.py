"""Documents from the run: model card, datasheet, technical documentation, impact assessment."""
