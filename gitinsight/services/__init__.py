"""Use cases: what people and programs can do. Only this layer ends a transaction."""
