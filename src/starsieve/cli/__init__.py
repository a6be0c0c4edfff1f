"""The command line: one module per verb, each a thin door to a function below."""
