"""The assistant's manners among people, measured on turns that were labelled by principles (README.md)."""
