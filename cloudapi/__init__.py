"""The cloud's protocols, translated into service calls; no business rules here."""
